using System.Diagnostics;

namespace CodeAgent.Sandbox;

/// <summary>Runs commands that nobody has read, each in a child process with nothing but its folder. Thread-safe.</summary>
internal sealed class ProgramSandbox(SandboxProtections protections, TimeProvider time)
{
    /// <summary>Variable in the environment of every process of a program, unless it takes it away.</summary>
    public const string Mark = "CODEAGENT_SANDBOX";
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(1);

    public SandboxProtections Protections { get; } = protections;

    /// <summary>
    /// Runs a command to its end or to a limit. Nothing of it is alive afterwards.
    /// </summary>
    /// <param name="folder">Working folder, HOME and TMPDIR.</param>
    /// <param name="command">Program (a path, or a name on the PATH) and arguments.</param>
    /// <param name="environment">All that the program sees beside PATH, HOME, TMPDIR, LANG and a mark.</param>
    /// <param name="limits">What it may use.</param>
    /// <exception cref="InvalidOperationException">The system refuses the start.</exception>
    /// <exception cref="IOException">The system refuses a group of processes that it allowed before.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program has been killed.</exception>
    public async Task<SandboxResult> RunAsync(
        SandboxFolder folder, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, SandboxLimits limits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string identity = Guid.NewGuid().ToString("N");
        var variables = new Dictionary<string, string>(environment)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = folder.Path,
            ["TMPDIR"] = folder.Path,
            ["LANG"] = "C.UTF-8",
            [Mark] = identity,
        };
        long start = Stopwatch.GetTimestamp();
        using ConfinedProcess process = ConfinedProcess.Start(Protections, folder.Path, command, variables, limits);
        var output = new OutputCapture(process.Output, limits.OutputBytes);
        var watch = new ProcessWatch(process, new ProcessKiller(process, $"{Mark}={identity}", folder), folder, limits, time);
        (SandboxOutcome? exceeded, int status, int left) = await watch.RunAsync(Protections.ProcessLimit, output, cancellationToken);
        // All holders of the pipe are dead, so this ends at once; the limit is for one in an uninterruptible system call.
        await Task.WhenAny(output.Completion, Task.Delay(OutputGrace, time, CancellationToken.None));
        if (output.HasOverflowed)
            exceeded ??= SandboxOutcome.OutputExceeded;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        int signal = status & 0x7F;
        return signal == 0
            ? new SandboxResult(exceeded ?? SandboxOutcome.Exited, (status >> 8) & 0xFF, output.Text, elapsed, left)
            : new SandboxResult(exceeded ?? SandboxOutcome.Signaled, signal, output.Text, elapsed, left);
    }
}
