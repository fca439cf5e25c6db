using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>Watches one session until its leader ends or a limit is passed, and ends it.</summary>
internal sealed class ProcessWatch(int session, string mark, SandboxFolder folder, SandboxLimits limits)
{
    private const int WaitForPid = 1, NoHang = 1, Exited = 4, NoReap = 0x01000000;
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(1), LastInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Null: the leader ended by itself. Its exit status stays with the kernel, so its number is not used again before <see cref="End"/>.</summary>
    public async Task<SandboxOutcome?> WatchAsync(OutputCapture output, TimeProvider time, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        TimeSpan interval = FirstInterval;
        while (true)
        {
            if (HasLeaderEnded())
                return null;
            if (time.GetElapsedTime(start) > limits.WallTime)
                return SandboxOutcome.TimeExceeded;
            if (output.HasOverflowed)
                return SandboxOutcome.OutputExceeded;
            // The first look comes late enough that a short program is never looked at.
            if (interval == LastInterval && Exceeded() is { } outcome)
                return outcome;
            await Task.Delay(interval, time, cancellationToken);
            interval = interval * 2 < LastInterval ? interval * 2 : LastInterval;
        }
    }

    /// <summary>
    /// Kills all that is left and collects the leader. A signal to a process group is atomic with respect to fork, so a
    /// fork bomb does not outrun it; then whoever left the group is looked for until nobody is found.
    /// </summary>
    /// <returns>The leader's wait status and the number of processes it had left behind.</returns>
    public (int Status, int Left) End()
    {
        _ = NativeMethods.kill(-session, NativeMethods.SigKill);
        int left = 0;
        for (int round = 0; round < 100; round++)
        {
            List<int> rest = ProcessTable.OfProgram(session, mark, folder.Path);
            rest.Remove(session);
            if (rest.Count == 0)
                break;
            left = Math.Max(left, rest.Count);
            foreach (int pid in rest)
                _ = NativeMethods.kill(pid, NativeMethods.SigKill);
        }
        if (NativeMethods.waitpid(session, out int status, 0) != session)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The exit status of a program was taken by somebody else.");
        return (status, left);
    }

    private SandboxOutcome? Exceeded()
    {
        List<SessionProcess> processes = ProcessTable.OfSession(session);
        if (processes.Count > limits.Processes)
            return SandboxOutcome.ProcessesExceeded;
        if (processes.Sum(p => p.ResidentBytes) > limits.MemoryBytes)
            return SandboxOutcome.MemoryExceeded;
        return folder.TotalBytes() > limits.FolderBytes ? SandboxOutcome.FolderExceeded : null;
    }

    private unsafe bool HasLeaderEnded()
    {
        // siginfo_t: si_signo is 0 as long as nothing has ended.
        int* information = stackalloc int[32];
        new Span<int>(information, 32).Clear();
        if (NativeMethods.waitid(WaitForPid, session, information, Exited | NoHang | NoReap) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The exit status of a program was taken by somebody else.");
        return information[0] != 0;
    }
}
