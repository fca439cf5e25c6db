namespace FLoRA.Inference.Native;

/// <summary>A folder below <paramref name="root"/> that is this user's alone, mode 0700, as is every folder between.</summary>
internal sealed class PrivateFolder(string root, params string[] names)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Fix = "Set XDG_CACHE_HOME to a folder of your own that can be written.";

    /// <summary>The user's cache: XDG_CACHE_HOME if it is an absolute path (as its specification asks), else ~/.cache.</summary>
    public static string UserCache()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } configured && Path.IsPathFullyQualified(configured))
            return configured;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0 ? Path.Combine(home, ".cache") : throw new NativeRuntimeException($"There is no home folder to keep a cache in. {Fix}");
    }

    /// <summary>Creates what is missing and returns the folder.</summary>
    /// <exception cref="NativeRuntimeException">One of them is a link, is another user's, or cannot be made.</exception>
    public string Ensure()
    {
        try
        {
            Directory.CreateDirectory(root, OwnerOnly);
            var folder = root;
            foreach (var name in names)
            {
                folder = Path.Combine(folder, name);
                Directory.CreateDirectory(folder, OwnerOnly);
                Check(folder, PosixFile.CurrentUser);
            }
            return folder;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new NativeRuntimeException($"The cache below '{root}' cannot be used: {failure.Message} {Fix}", failure);
        }
    }

    /// <summary>
    /// Puts a file of mode 0600 in its place at once: whoever opens <paramref name="path"/> sees all of it or none,
    /// however many processes write.
    /// </summary>
    /// <exception cref="NativeRuntimeException">It cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var draft = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(draft);
            throw new NativeRuntimeException($"'{path}' cannot be written: {failure.Message} {Fix}", failure);
        }
    }

    /// <summary>Refuses what is not a folder of <paramref name="user"/>; closes it to others where it is open.</summary>
    /// <exception cref="NativeRuntimeException">It is a link, a file, or another user's.</exception>
    public static void Check(string folder, uint user)
    {
        var state = PosixFile.Query(folder) ?? throw new IOException($"'{folder}' vanished.");
        if (!state.IsFolder)
            throw new NativeRuntimeException($"'{folder}' is a link or a file, expected a folder. Remove it. {Fix}");
        if (state.Owner != user)
            throw new NativeRuntimeException($"'{folder}' belongs to user {state.Owner}, expected {user}. {Fix}");
        if (state.Mode != OwnerOnly)
            File.SetUnixFileMode(folder, OwnerOnly);
    }
}
