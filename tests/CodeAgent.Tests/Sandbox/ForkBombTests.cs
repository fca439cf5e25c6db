using System.Diagnostics;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Sandbox;

/// <summary>
/// Every bomb here is bounded in depth and time: should all protections fail, it is a few hundred processes that end by
/// themselves within seconds.
/// </summary>
public sealed class ForkBombTests
{
    private const int Limit = 24;
    private const string Doubling = "f() { if [ $1 -gt 0 ]; then f $(($1-1)) | f $(($1-1)) & else sleep 5; fi; }; f 8; sleep 10";

    // Nobody ends before the time is up, so that the number of processes only grows and a count of them is exact.
    private const string Staying = "use POSIX; for (1..8) { my $child = fork; POSIX::setsid() if defined $child && !$child; } sleep 10;";

    private static readonly SandboxLimits Limits = new() { Processes = Limit, Threads = Limit, WallTime = TimeSpan.FromSeconds(30) };

    public static TheoryData<string> Ways => ["detected", "watched"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_fork_bomb_is_killed_whole(string way)
    {
        using var folder = new SandboxFolder();
        ProgramSandbox sandbox = Sandbox(way);
        SandboxResult result = await sandbox.RunAsync(
            folder, ["sh", "-c", Doubling], new Dictionary<string, string>(), LimitsFor(sandbox), TestContext.Current.CancellationToken);

        result.Outcome.ShouldBe(SandboxOutcome.ProcessesExceeded);
        Alive(folder).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_fork_bomb_of_new_sessions_is_killed_whole(string way)
    {
        using var folder = new SandboxFolder();
        ProgramSandbox sandbox = Sandbox(way);
        SandboxResult result = await sandbox.RunAsync(
            folder, ["perl", "-e", Staying], new Dictionary<string, string>(), LimitsFor(sandbox) with { WallTime = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);

        // Where the kernel counts per user the watch counts the session only, and the clock ends this one.
        result.Outcome.ShouldBe(sandbox.Protections.ProcessLimit == ProcessLimit.User ? SandboxOutcome.TimeExceeded : SandboxOutcome.ProcessesExceeded);
        Alive(folder).ShouldBe(0);
    }

    [Fact]
    public void The_kernel_holds_a_fork_bomb_at_the_limit_and_its_group_goes_with_it()
    {
        if (TestRun.Protections.Groups is null)
            Assert.Skip("no device: a pids cgroup that may be written");
        using var folder = new SandboxFolder();
        string group;
        int peak = 0;
        using (ConfinedProcess process = ConfinedProcess.Start(TestRun.Protections, folder.Path, ["perl", "-e", Staying], new Dictionary<string, string>(), Limits))
        {
            var killer = new ProcessKiller(process, "CODEAGENT_SANDBOX=none", folder);
            try
            {
                group = process.Group.ShouldNotBeNull().Folder;
                long start = Stopwatch.GetTimestamp();
                process.Release();
                while (!process.Group.HasRefused && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(9))
                    peak = Math.Max(peak, Alive(folder));
                peak = Math.Max(peak, Alive(folder));
                process.Group.HasRefused.ShouldBeTrue();
            }
            finally
            {
                killer.End();
            }
        }

        peak.ShouldBe(Limit);
        Alive(folder).ShouldBe(0);
        Directory.Exists(group).ShouldBeFalse();
    }

    [Fact]
    public void The_printed_line_says_what_limits_the_processes()
    {
        (TestRun.Protections with { Groups = null, IsRoot = true }).Describe().ShouldContain("PROCESSES ONLY WATCHED");
        (TestRun.Protections with { Groups = null, IsRoot = false }).Describe().ShouldContain("(per user)");
        if (TestRun.Protections.Groups is not null)
            TestRun.Protections.Describe().ShouldContain("(cgroup)");
    }

    private static ProgramSandbox Sandbox(string way) =>
        way == "detected" ? TestRun.Sandbox : new ProgramSandbox(TestRun.Protections with { Groups = null }, TimeProvider.System);

    // Held per user a bomb of shells may collapse before anybody looks: there the watch alone is tested.
    private static SandboxLimits LimitsFor(ProgramSandbox sandbox) =>
        sandbox.Protections.ProcessLimit == ProcessLimit.Group ? Limits : Limits with { Threads = 2000 };

    private static int Alive(SandboxFolder folder) => ProcessTable.OfProgram(-1, "CODEAGENT_SANDBOX=none", folder.Path).Count;
}
