using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>
/// Watches one program until its leader ends or a limit is passed, and ends it. It works on a thread of its own: the pool
/// is late just when a program has made the machine busy.
/// </summary>
internal sealed class ProcessWatch(ConfinedProcess process, ProcessKiller killer, SandboxFolder folder, SandboxLimits limits, TimeProvider time)
{
    private const int WaitForPid = 1, NoHang = 1, Exited = 4, NoReap = 0x01000000;
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(1), LookInterval = TimeSpan.FromMilliseconds(20), GrowthInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Lets the program start. Afterwards nothing of it is alive.
    /// </summary>
    /// <returns>The limit that was passed (null: the leader ended by itself), its wait status, and the number of processes it had left behind.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; the program has been killed.</exception>
    public Task<(SandboxOutcome? Exceeded, int Status, int Left)> RunAsync(ProcessLimit processLimit, OutputCapture output, CancellationToken cancellationToken)
    {
        var end = new TaskCompletionSource<(SandboxOutcome?, int, int)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                end.SetResult(Run(processLimit == ProcessLimit.WatchOnly, output, cancellationToken));
            }
            catch (OperationCanceledException)
            {
                end.SetCanceled(cancellationToken);
            }
            catch (Exception e)
            {
                end.SetException(e);
            }
        }, maxStackSize: 512 << 10)
        { IsBackground = true, Name = "sandbox watch" };
        thread.Start();
        return end.Task;
    }

    private (SandboxOutcome? Exceeded, int Status, int Left) Run(bool watchOnly, OutputCapture output, CancellationToken cancellationToken)
    {
        SandboxOutcome? exceeded;
        (int Status, int Left) end;
        try
        {
            if (watchOnly)
                WatchPriority.TryRaise();
            exceeded = Watch(watchOnly, output, cancellationToken);
        }
        finally
        {
            end = killer.End();
        }
        return (exceeded, end.Status, end.Left);
    }

    private SandboxOutcome? Watch(bool watchOnly, OutputCapture output, CancellationToken cancellationToken)
    {
        int threadsBefore = watchOnly ? ProcessTable.ThreadsOfSystem() : 0;
        TimeSpan interval = FirstInterval, lastInterval = watchOnly ? GrowthInterval : LookInterval;
        // One look ahead, so that the first in need does not wait for the compiler.
        if (watchOnly)
            _ = Exceeded(grown: true);
        long start = time.GetTimestamp(), lastLook = start;
        process.Release();
        while (true)
        {
            if (HasLeaderEnded())
                return process.Group is { HasRefused: true } ? SandboxOutcome.ProcessesExceeded : null;
            if (time.GetElapsedTime(start) > limits.WallTime)
                return SandboxOutcome.TimeExceeded;
            if (output.HasOverflowed)
                return SandboxOutcome.OutputExceeded;
            // The first look comes late enough that a short program is never looked at, unless the system's threads become more.
            int threadsNow = watchOnly ? ProcessTable.ThreadsOfSystem() : 0;
            bool grown = threadsNow - threadsBefore > limits.Processes / 4;
            if (grown || time.GetElapsedTime(lastLook) >= LookInterval)
            {
                if (Exceeded(grown) is { } outcome)
                    return outcome;
                lastLook = time.GetTimestamp();
            }
            // What came during a look counts as growth for the next.
            threadsBefore = grown ? threadsNow : Math.Min(threadsBefore, threadsNow);
            if (cancellationToken.WaitHandle.WaitOne(interval))
                throw new OperationCanceledException(cancellationToken);
            interval = interval * 2 < lastInterval ? interval * 2 : lastInterval;
        }
    }

    private SandboxOutcome? Exceeded(bool grown)
    {
        if (process.Group is { HasRefused: true })
            return SandboxOutcome.ProcessesExceeded;
        List<ProgramProcess> processes = process.Group is { } group ? ProcessTable.Of(group.Processes()) : ProcessTable.OfSession(process.Pid, limits.Processes);
        // Those outside the session take a longer search.
        if (grown && processes.Count <= limits.Processes)
            processes = ProcessTable.Of(killer.Find());
        if (processes.Count > limits.Processes)
            return SandboxOutcome.ProcessesExceeded;
        if (processes.Sum(p => p.ResidentBytes) > limits.MemoryBytes)
            return SandboxOutcome.MemoryExceeded;
        return folder.TotalBytes() > limits.FolderBytes ? SandboxOutcome.FolderExceeded : null;
    }

    private unsafe bool HasLeaderEnded()
    {
        // siginfo_t: si_signo is 0 as long as nothing has ended. The exit status stays with the kernel, so the number is not used again before the end.
        int* information = stackalloc int[32];
        new Span<int>(information, 32).Clear();
        if (NativeMethods.waitid(WaitForPid, process.Pid, information, Exited | NoHang | NoReap) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The exit status of a program was taken by somebody else.");
        return information[0] != 0;
    }
}
