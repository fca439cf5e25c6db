using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The only folder below which a tool opens files. A path is taken as it would be opened: with every link followed it must still lie below. Who may write into the folder
/// could exchange a file for a link in the moment between; nobody else can.
/// </summary>
internal sealed class AllowedFolder(string folder)
{
    private const int MostListed = 20;

    private static readonly EnumerationOptions Listing = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
    };

    private readonly string _root = Real(folder);

    /// <summary>Opens a file below the folder.</summary>
    /// <param name="path">Relative to the folder, with slashes.</param>
    /// <exception cref="InvalidRequestException">It leads out of the folder, or there is no such file; says what to do.</exception>
    internal FileStream Open(string? path)
    {
        string file = Resolve(path);
        var info = new FileInfo(file);
        if (!info.Exists)
            throw new InvalidRequestException($"there is no file '{path}'. {Files()}");
        // Pipes and devices have no length either, and reading them may never end.
        if (info.Length == 0)
            throw new InvalidRequestException($"the file '{path}' is empty. {Files()}");
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidRequestException($"the file '{path}' cannot be opened.");
        }
    }

    private string Resolve(string? path)
    {
        string[] parts = (path ?? "").Split('/', '\\');
        if (string.IsNullOrWhiteSpace(path))
            throw new InvalidRequestException($"'path' is empty. {Files()}");
        // A colon is a drive or a stream of Windows; an empty part at the start is the root.
        if (Path.IsPathRooted(path) || parts[0].Length == 0 || parts[0].Contains(':') || path.Contains('\0') || (OperatingSystem.IsWindows() && path.Contains(':')))
            throw new InvalidRequestException($"'{path}' is not a path relative to the folder of recordings. {Files()}");
        if (parts.Contains(".."))
            throw new InvalidRequestException($"'{path}' has '..' in it; give a path below the folder of recordings. {Files()}");
        string file = Real(Path.Combine([_root, .. parts]));
        return file.StartsWith(Path.TrimEndingDirectorySeparator(_root) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? file
            : throw new InvalidRequestException($"'{path}' leads out of the folder of recordings. {Files()}");
    }

    /// <summary>What there is, for a model that guessed a name.</summary>
    private string Files()
    {
        string[] files = [.. Directory.EnumerateFiles(_root, "*", Listing).Take(MostListed + 1).Select(file => Path.GetRelativePath(_root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        return files.Length switch
        {
            0 => "There are no files.",
            > MostListed => $"Some of the files: {string.Join(", ", files[..MostListed])}.",
            _ => $"Files: {string.Join(", ", files)}.",
        };
    }

    /// <summary>The path with every link in it followed; what does not exist stays as it is.</summary>
    private static string Real(string path) => RealPath.Of(path) ?? throw new InvalidRequestException("the path goes round in links.");
}
