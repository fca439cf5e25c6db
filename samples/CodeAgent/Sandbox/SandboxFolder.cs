namespace CodeAgent.Sandbox;

/// <summary>A fresh folder (mode 0700) for one program; working folder, HOME and TMPDIR at once. Disposing deletes it.</summary>
internal sealed class SandboxFolder : IDisposable
{
    public SandboxFolder() => Path = Directory.CreateTempSubdirectory("codeagent-").FullName;

    public string Path { get; }

    public void Write(string fileName, string text) => File.WriteAllText(System.IO.Path.Combine(Path, fileName), text);

    /// <summary>Bytes in all files below. A program may be changing them: what vanishes meanwhile counts nothing.</summary>
    public long TotalBytes()
    {
        long total = 0;
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (FileInfo file in new DirectoryInfo(Path).EnumerateFiles("*", all))
        {
            if (file.Exists)
                total += file.Length;
        }
        return total;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            // A program may take away its own right to a sub-folder; give it back and delete again.
            foreach (string folder in Directory.EnumerateDirectories(Path))
                File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.Delete(Path, recursive: true);
        }
    }
}
