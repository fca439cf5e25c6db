namespace CodeAgent.Sandbox;

/// <summary>Which protections this system allows beside those that are always there.</summary>
/// <param name="NoNetwork">Sockets are refused (seccomp), and so are signals to other processes.</param>
/// <param name="WritesOnlyInFolder">Files outside the program's folder cannot be changed (Landlock).</param>
/// <param name="IsRoot">Programs run as root, without its capabilities.</param>
/// <param name="Groups">Where groups with a limit on their processes are made (cgroup); null: nowhere.</param>
internal sealed record SandboxProtections(bool NoNetwork, bool WritesOnlyInFolder, bool IsRoot, PidsController? Groups)
{
    /// <summary>What holds the number of processes.</summary>
    public ProcessLimit ProcessLimit => Groups is not null ? ProcessLimit.Group : IsRoot ? ProcessLimit.WatchOnly : ProcessLimit.User;

    /// <summary>Tries each: the first two on a thread of its own, which then ends, the groups with a process that does nothing.</summary>
    public static SandboxProtections Detect()
    {
        bool network = false, files = false;
        using var folder = new SandboxFolder();
        var probe = new Thread(() =>
        {
            bool noNewPrivileges = ThreadConfinement.TryForbidNewPrivileges();
            network = noNewPrivileges && ThreadConfinement.TryFilterSystemCalls();
            files = noNewPrivileges && ThreadConfinement.TryWriteOnlyBelow(folder.Path);
        });
        probe.Start();
        probe.Join();
        var found = new SandboxProtections(network, files, NativeMethods.geteuid() == 0, PidsController.Find());
        return found.CanStartInGroup(folder) ? found : found with { Groups = null };
    }

    /// <summary>One line for the user.</summary>
    public string Describe() =>
        "own session and folder, cleared environment, limits on time, memory, processes, files and output; "
        + ProcessLimit switch
        {
            ProcessLimit.Group => "processes limited by the kernel (cgroup); ",
            ProcessLimit.User => "processes limited by the kernel (per user); ",
            _ => "PROCESSES ONLY WATCHED (root without a pids cgroup); ",
        }
        + (NoNetwork ? "no network" : "NETWORK NOT CLOSED (no seccomp here)") + "; "
        + (WritesOnlyInFolder ? "writes only in its folder" : "WRITES ELSEWHERE NOT CLOSED (no Landlock here)");

    /// <summary>Confines the calling thread for good. What was there when this was detected must be there now.</summary>
    public void ApplyToThread(string folder)
    {
        ThreadConfinement.CloseFilesOnExec();
        bool applied = ThreadConfinement.TryForbidNewPrivileges() || !(NoNetwork || WritesOnlyInFolder);
        if (WritesOnlyInFolder)
            applied &= ThreadConfinement.TryWriteOnlyBelow(folder);
        if (IsRoot)
            applied &= ThreadConfinement.TryDropCapabilities();
        if (NoNetwork)
            applied &= ThreadConfinement.TryFilterSystemCalls();
        if (!applied)
            throw new InvalidOperationException("A protection of the sandbox that was available at start is refused now; the program is not started.");
    }

    private bool CanStartInGroup(SandboxFolder folder)
    {
        if (Groups is null)
            return false;
        var limits = new SandboxLimits();
        try
        {
            using ConfinedProcess process = ConfinedProcess.Start(this, folder.Path, ["true"], new Dictionary<string, string>(), limits);
            _ = new ProcessKiller(process, $"{ProgramSandbox.Mark}=probe", folder).End();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
