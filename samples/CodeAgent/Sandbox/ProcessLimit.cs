namespace CodeAgent.Sandbox;

/// <summary>What holds the number of a program's processes, beside the watch that ends it.</summary>
internal enum ProcessLimit
{
    /// <summary>A group of its own with the pids controller (cgroup): the kernel counts this program's threads, root's too.</summary>
    Group,

    /// <summary>RLIMIT_NPROC: the kernel counts all threads of the user. Not for root.</summary>
    User,

    /// <summary>Nothing: the watch must be fast.</summary>
    WatchOnly,
}
