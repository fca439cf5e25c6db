using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>Ends a program with all its processes.</summary>
/// <param name="process">Its leader.</param>
/// <param name="mark">What its environment holds, NAME=value.</param>
/// <param name="folder">Its working folder.</param>
internal sealed class ProcessKiller(ConfinedProcess process, string mark, SandboxFolder folder)
{
    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Kills all that is left and collects the leader. A signal to a process group is atomic with respect to fork, so a
    /// fork bomb does not outrun it; then whoever left that group is looked for (those in the cgroup start nothing any
    /// more) until nobody is found, or only those in an uninterruptible system call.
    /// </summary>
    /// <returns>The leader's wait status and the number of processes it had left behind.</returns>
    public (int Status, int Left) End()
    {
        _ = NativeMethods.kill(-process.Pid, NativeMethods.SigKill);
        process.Group?.LimitThreads(0);
        int left = 0;
        long start = Stopwatch.GetTimestamp();
        while (Rest() is { Count: > 0 } rest && Stopwatch.GetElapsedTime(start) < SearchTime)
        {
            left = Math.Max(left, rest.Count);
            foreach (int pid in rest)
                _ = NativeMethods.kill(pid, NativeMethods.SigKill);
            // The killed need the processor to end, which this thread's priority would keep from them.
            Thread.Sleep(1);
        }
        if (NativeMethods.waitpid(process.Pid, out int status, 0) != process.Pid)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The exit status of a program was taken by somebody else.");
        return (status, left);
    }

    /// <summary>Living processes of the program, by session, mark or folder.</summary>
    public List<int> Find() => ProcessTable.OfProgram(process.Pid, mark, folder.Path);

    private HashSet<int> Rest()
    {
        // In a group nobody is far, so the table of all processes is read at most twice.
        HashSet<int> rest = process.Group is { } group ? [.. group.Processes()] : [];
        rest.Remove(process.Pid);
        if (rest.Count == 0)
            rest.UnionWith(Find());
        rest.Remove(process.Pid);
        return rest;
    }
}
