using System.Net;
using System.Net.Sockets;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Sandbox;

public sealed class SandboxIsolationTests
{
    [Fact]
    public async Task The_environment_holds_nothing_of_ours()
    {
        Environment.SetEnvironmentVariable("CODEAGENT_TEST_SECRET", "hunter2");
        SandboxResult result = await TestRun.ShellAsync("env");
        Environment.SetEnvironmentVariable("CODEAGENT_TEST_SECRET", null);

        string[] names = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')[0])];
        names.ShouldBeSubsetOf(["PATH", "HOME", "TMPDIR", "LANG", "CODEAGENT_SANDBOX", "PWD", "SHLVL", "_"]);
    }

    [Fact]
    public async Task Home_temporary_and_working_folder_are_its_own_and_gone_afterwards()
    {
        SandboxResult result = await TestRun.ShellAsync("pwd; echo $HOME; echo $TMPDIR; echo text > file; mkdir closed; echo text > closed/file; chmod 0 closed; ls file");

        result.Succeeded.ShouldBeTrue(result.Output);
        string[] lines = result.Output.Split('\n');
        lines[1].ShouldBe(lines[0]);
        lines[2].ShouldBe(lines[0]);
        Directory.Exists(lines[0]).ShouldBeFalse();
    }

    [Fact]
    public async Task Standard_input_is_empty()
    {
        SandboxResult result = await TestRun.ShellAsync("cat; echo end");

        result.Output.ShouldBe("end\n");
    }

    [Fact]
    public async Task A_program_leads_a_session_of_its_own()
    {
        // proc(5), stat: pid (name) state ppid pgrp session
        SandboxResult result = await TestRun.ShellAsync("read -r pid name state parent group session rest < /proc/self/stat; echo $pid $group $session; :");

        string[] numbers = result.Output.Trim().Split(' ');
        numbers[1].ShouldBe(numbers[0]);
        numbers[2].ShouldBe(numbers[0]);
    }

    [Fact]
    public async Task A_child_that_stays_is_killed_and_does_not_change_the_verdict()
    {
        SandboxResult result = await TestRun.ShellAsync("sleep 1000 & exit 0");

        result.Succeeded.ShouldBeTrue();
        result.WallTime.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_grandchild_in_a_group_of_its_own_is_found_and_killed()
    {
        using var folder = new SandboxFolder();
        SandboxResult result = await TestRun.Sandbox.RunAsync(
            folder, ["bash", "-c", "set -m; (sleep 1000 & sleep 1000) & exit 0"], new Dictionary<string, string>(), new SandboxLimits(), TestContext.Current.CancellationToken);

        result.Succeeded.ShouldBeTrue();
        result.ProcessesLeft.ShouldBeGreaterThan(0);
        ProcessTable.OfProgram(-1, "CODEAGENT_SANDBOX=none", folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_grandchild_in_a_session_of_its_own_is_found_and_killed()
    {
        using var folder = new SandboxFolder();
        const string Script = "use POSIX; if (!fork) { POSIX::setsid(); chdir '/'; if (!fork) { sleep 1000; } exit; } wait; exit 3;";
        SandboxResult result = await TestRun.Sandbox.RunAsync(
            folder, ["perl", "-e", Script], new Dictionary<string, string>(), new SandboxLimits(), TestContext.Current.CancellationToken);

        result.Code.ShouldBe(3);
        result.ProcessesLeft.ShouldBe(1);
    }

    [Fact]
    public async Task The_network_is_closed_where_the_system_allows_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        SandboxResult result = await TestRun.ShellAsync($"exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)listener.LocalEndpoint).Port}", shell: "bash");

        result.Succeeded.ShouldBe(!TestRun.Protections.NoNetwork, result.Output);
        listener.Pending().ShouldBe(!TestRun.Protections.NoNetwork);
    }

    [Fact]
    public async Task Other_processes_get_no_signal_where_the_system_allows_it()
    {
        SandboxResult result = await TestRun.ShellAsync($"kill -0 {Environment.ProcessId}");

        result.Succeeded.ShouldBe(!TestRun.Protections.NoNetwork, result.Output);
    }

    [Fact]
    public async Task Files_elsewhere_cannot_be_changed_where_the_system_allows_it()
    {
        using var other = new SandboxFolder();
        other.Write("file", "before");
        SandboxResult result = await TestRun.ShellAsync($"echo after > {other.Path}/file; echo text > {other.Path}/new; rm {other.Path}/file; ls {other.Path}; echo x > /dev/null");

        bool closed = TestRun.Protections.WritesOnlyInFolder;
        File.Exists(Path.Combine(other.Path, "new")).ShouldBe(!closed);
        File.Exists(Path.Combine(other.Path, "file")).ShouldBe(closed);
        result.Succeeded.ShouldBeTrue(result.Output);
    }

    [Fact]
    public async Task Confinement_stays_on_its_thread()
    {
        await TestRun.ShellAsync("true");

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        client.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task Where_the_system_allows_neither_programs_still_run()
    {
        using var folder = new SandboxFolder();
        var sandbox = new ProgramSandbox(TestRun.Protections with { NoNetwork = false, WritesOnlyInFolder = false }, TimeProvider.System);
        SandboxResult result = await sandbox.RunAsync(
            folder, ["sh", "-c", $"kill -0 {Environment.ProcessId} && echo open"], new Dictionary<string, string>(), new SandboxLimits(), TestContext.Current.CancellationToken);

        result.Output.ShouldBe("open\n");
        sandbox.Protections.Describe().ShouldContain("NETWORK NOT CLOSED");
    }

    [Fact]
    public async Task Cancelling_kills_the_program()
    {
        using var folder = new SandboxFolder();
        using var cancellation = new CancellationTokenSource();
        Task<SandboxResult> run = TestRun.Sandbox.RunAsync(
            folder, ["sh", "-c", "echo started > started; sleep 1000"], new Dictionary<string, string>(), new SandboxLimits { WallTime = TimeSpan.FromSeconds(60) }, cancellation.Token);
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(run);
        ProcessTable.OfProgram(-1, "CODEAGENT_SANDBOX=none", folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_command_that_does_not_exist_fails_like_in_a_shell()
    {
        using var folder = new SandboxFolder();
        SandboxResult result = await TestRun.Sandbox.RunAsync(
            folder, ["/no/such/tool"], new Dictionary<string, string>(), new SandboxLimits(), TestContext.Current.CancellationToken);

        result.Succeeded.ShouldBeFalse();
        result.Code.ShouldBe(127);
    }
}
