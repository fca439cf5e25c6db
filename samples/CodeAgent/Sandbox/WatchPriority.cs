namespace CodeAgent.Sandbox;

/// <summary>The priority of the thread that alone stands between a fork bomb and the machine.</summary>
internal static unsafe class WatchPriority
{
    private const int RoundRobin = 2, ResetOnFork = 0x40000000, LowestRealTime = 1, LeastNice = -20;

    /// <summary>
    /// Real time for the calling thread, else the least niceness, else (not allowed) nothing. Niceness alone is weak:
    /// sched(7), autogroup: it counts within a session only, and against a bomb in its own session a look came up to 350 ms late.
    /// </summary>
    public static void TryRaise()
    {
        int priority = LowestRealTime;
        if (NativeMethods.sched_setscheduler(0, RoundRobin | ResetOnFork, &priority) != 0)
            _ = NativeMethods.setpriority(0, 0, LeastNice);
    }
}
