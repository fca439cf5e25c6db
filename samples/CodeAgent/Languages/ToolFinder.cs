using System.ComponentModel;
using System.Diagnostics;

namespace CodeAgent.Languages;

/// <summary>Finds the tool of a language on the PATH, and believes only what has run a program in the sandbox.</summary>
internal sealed class ToolFinder(ProgramRunner runner, string? searchPath)
{
    private static readonly TimeSpan LocateTime = TimeSpan.FromSeconds(10);

    /// <summary>The tools of several languages, tried at the same time; a language without one is missing.</summary>
    public async Task<IReadOnlyDictionary<string, Toolchain>> FindAllAsync(IEnumerable<Language> languages, CancellationToken cancellationToken)
    {
        (Language Language, Task<Toolchain?> Search)[] searches = [.. languages.Select(l => (l, FindAsync(l, cancellationToken)))];
        var found = new Dictionary<string, Toolchain>();
        foreach ((Language language, Task<Toolchain?> search) in searches)
        {
            if (await search is { } toolchain)
                found[language.Id] = toolchain;
        }
        return found;
    }

    /// <summary>A tool of the machine, else the embedded one where there is one, else null.</summary>
    public async Task<Toolchain?> FindAsync(Language language, CancellationToken cancellationToken)
    {
        ToolRecipe recipe = ToolRecipe.All[language.Id];
        foreach (string path in recipe.Names.SelectMany(OnPath))
        {
            // A script on the PATH in place of a tool is a version manager's shim: slow where it works at all.
            bool isShim = IsScript(path);
            if (!isShim && await TryAsync(language, recipe, path, cancellationToken) is { } direct)
                return direct;
            if (await LocateAsync(recipe, path, cancellationToken) is { } real && await TryAsync(language, recipe, real, cancellationToken) is { } located)
                return located;
            if (isShim && await TryAsync(language, recipe, path, cancellationToken) is { } shim)
                return shim;
        }
        return EmbeddedTools.Find(language) is { } embedded && await WorksAsync(language, recipe, embedded, cancellationToken) ? embedded : null;
    }

    private async Task<Toolchain?> TryAsync(Language language, ToolRecipe recipe, string path, CancellationToken cancellationToken)
    {
        var toolchain = new Toolchain(Path.GetFileName(path), [.. recipe.Steps(path, language.FileName)]);
        return await WorksAsync(language, recipe, toolchain, cancellationToken) ? toolchain : null;
    }

    private async Task<bool> WorksAsync(Language language, ToolRecipe recipe, Toolchain toolchain, CancellationToken cancellationToken) =>
        (await runner.RunAsync(language, toolchain, recipe.Probe, cancellationToken)).Succeeded;

    private IEnumerable<string> OnPath(string name) =>
        (searchPath ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).Where(IsExecutable).Take(1);

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    private static bool IsScript(string path)
    {
        using FileStream file = File.OpenRead(path);
        return file.ReadByte() == '#' && file.ReadByte() == '!';
    }

    // Asks the user's own tool, with the user's own environment; no generated text is involved.
    private static async Task<string?> LocateAsync(ToolRecipe recipe, string path, CancellationToken cancellationToken)
    {
        if (recipe.Locate is null)
            return null;
        var start = new ProcessStartInfo(path, recipe.Locate) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(LocateTime);
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
            string printed = (await process.StandardOutput.ReadToEndAsync(timeout.Token)).Trim();
            await process.WaitForExitAsync(timeout.Token);
            await error;
            string real = Path.Combine(printed, recipe.Located);
            return process.ExitCode == 0 && real != path && IsExecutable(real) ? real : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
