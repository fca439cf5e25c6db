namespace CodeAgent.Sandbox;

/// <summary>
/// The place below which groups of processes with a limit in the kernel are made: our own group of the pids controller
/// (cgroups(7), version 1 or 2). That limit holds for root too, and a fork bomb cannot outrun it.
/// </summary>
internal sealed class PidsController
{
    private PidsController(string folder) => Folder = folder;

    /// <summary>Our own group.</summary>
    public string Folder { get; }

    /// <summary>
    /// Null where the controller is not there or not for us. On version 2 a group that holds processes gives controllers
    /// to groups below it only at the root of the hierarchy; elsewhere it would have to become threaded, which is for its
    /// owner to decide, and a group beside ours would escape our own other limits. Whether we may write shows at the first use.
    /// </summary>
    public static PidsController? Find()
    {
        if (!File.Exists("/proc/self/cgroup"))
            return null;
        string groups = File.ReadAllText("/proc/self/cgroup"), mounts = File.ReadAllText("/proc/self/mountinfo");
        if (Locate(groups, mounts) is not { } place || !Directory.Exists(place.Folder))
            return null;
        return !place.IsUnified || GivesToChildren(place.Folder) ? new PidsController(place.Folder) : null;
    }

    /// <summary>The folder of our group. Version 1 first: on a machine with both the controller is in one of them.</summary>
    /// <param name="groups">Text of /proc/self/cgroup: number:controllers:path.</param>
    /// <param name="mounts">Text of /proc/self/mountinfo, see proc(5).</param>
    public static (string Folder, bool IsUnified)? Locate(string groups, string mounts)
    {
        string? unified = null;
        foreach (string line in Lines(groups))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3 && fields[1].Split(',').Contains("pids"))
                return FolderOf(fields[2], mounts, "cgroup", "pids") is { } folder ? (folder, false) : null;
            if (fields.Length == 3 && fields[0] == "0")
                unified = fields[2];
        }
        return unified is not null && FolderOf(unified, mounts, "cgroup2", null) is { } place ? (place, true) : null;
    }

    /// <exception cref="IOException">The system refuses the group or its limit.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not ours to make.</exception>
    public PidsGroup Create(int threads)
    {
        var group = new PidsGroup(Path.Combine(Folder, $"codeagent-{Environment.ProcessId}-{Guid.NewGuid():N}"));
        try
        {
            group.LimitThreads(threads);
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    private static string? FolderOf(string group, string mounts, string fileSystem, string? controller)
    {
        foreach (string line in Lines(mounts))
        {
            // id parent device root mount-point options [more ...] - type source super-options
            string[] halves = line.Split(" - ", 2);
            string[] left = halves[0].Split(' '), right = halves[^1].Split(' ');
            if (halves.Length < 2 || left.Length < 5 || right.Length < 3 || right[0] != fileSystem)
                continue;
            if (controller is not null && !right[2].Split(',').Contains(controller))
                continue;
            string root = left[3].TrimEnd('/');
            if (group == root || group.StartsWith(root + "/", StringComparison.Ordinal))
                return left[4] + group[root.Length..].TrimEnd('/');
        }
        return null;
    }

    private static bool GivesToChildren(string folder)
    {
        string given = Path.Combine(folder, "cgroup.subtree_control");
        if (ReadWords(given).Contains("pids"))
            return true;
        // Only the root of the hierarchy has no type; there this changes nothing for anybody else.
        if (File.Exists(Path.Combine(folder, "cgroup.type")) || !ReadWords(Path.Combine(folder, "cgroup.controllers")).Contains("pids"))
            return false;
        try
        {
            PidsGroup.WriteValue(given, "+pids");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] ReadWords(string file) => File.Exists(file) ? File.ReadAllText(file).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries) : [];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
