namespace FLoRA.Cli.Verbs.Bench;

/// <summary>Where a result will be written: looked at before a run that may take an hour.</summary>
internal static class OutputPlace
{
    /// <summary>Makes the folder of a file, and looks whether the file can be written.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static void CheckFile(string option, string? file)
    {
        if (file is null)
            return;
        CheckFolder(option, Path.GetDirectoryName(Path.GetFullPath(file)));
        Check(option, file, () => new FileStream(file, FileMode.Append, FileAccess.Write).Dispose());
    }

    /// <summary>Makes a folder.</summary>
    /// <exception cref="UsageException">It cannot be made.</exception>
    public static void CheckFolder(string option, string? folder)
    {
        if (folder is not null)
            Check(option, folder, () => Directory.CreateDirectory(folder));
    }

    private static void Check(string option, string place, Action make)
    {
        try
        {
            make();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: '{place}' cannot be written: {e.Message}");
        }
    }
}
