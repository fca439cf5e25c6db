using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Sandbox;

public sealed class SandboxLimitTests
{
    [Fact]
    public async Task An_exit_code_and_the_output_come_back()
    {
        SandboxResult result = await TestRun.ShellAsync("echo out; echo err >&2; exit 7");

        result.Outcome.ShouldBe(SandboxOutcome.Exited);
        result.Code.ShouldBe(7);
        result.Succeeded.ShouldBeFalse();
        result.Output.ShouldBe("out\nerr\n");
    }

    [Fact]
    public async Task An_endless_wait_ends_by_the_clock()
    {
        SandboxResult result = await TestRun.ShellAsync("sleep 100", new SandboxLimits { WallTime = TimeSpan.FromMilliseconds(200) });

        result.Outcome.ShouldBe(SandboxOutcome.TimeExceeded);
        result.WallTime.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_endless_loop_ends_by_processor_time()
    {
        SandboxResult result = await TestRun.ShellAsync(
            "while :; do :; done", new SandboxLimits { CpuTime = TimeSpan.FromSeconds(1), WallTime = TimeSpan.FromSeconds(60) });

        result.Outcome.ShouldBe(SandboxOutcome.Signaled);
        result.Describe().ShouldBe("processor time exceeded");
    }

    [Fact]
    public async Task A_memory_hog_does_not_get_more_than_its_limit()
    {
        SandboxResult result = await TestRun.ShellAsync(
            "x=0123456789abcdef; while :; do x=$x$x; done", new SandboxLimits { MemoryBytes = 64 << 20, WallTime = TimeSpan.FromSeconds(60), CpuTime = TimeSpan.FromSeconds(60) });

        result.Succeeded.ShouldBeFalse();
        result.Outcome.ShouldNotBe(SandboxOutcome.TimeExceeded);
    }

    [Fact]
    public async Task Memory_counts_over_all_processes()
    {
        const string Script = "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do x=$x$x; done; for i in 1 2 3 4 5 6 7 8; do (y=$x$i; sleep 50; echo $y) & done; wait";
        SandboxResult result = await TestRun.ShellAsync(Script, new SandboxLimits { MemoryBytes = 48 << 20, WallTime = TimeSpan.FromSeconds(30) });

        result.Outcome.ShouldBe(SandboxOutcome.MemoryExceeded);
    }

    [Fact]
    public async Task A_flood_of_output_is_cut_and_ended()
    {
        SandboxResult result = await TestRun.ShellAsync("while :; do echo 0123456789; done", new SandboxLimits { OutputBytes = 1000 });

        result.Outcome.ShouldBe(SandboxOutcome.OutputExceeded);
        result.Output.Length.ShouldBe(1000);
    }

    [Fact]
    public async Task A_file_does_not_grow_past_its_limit()
    {
        SandboxResult result = await TestRun.ShellAsync("while echo 0123456789abcdef; do :; done > file", new SandboxLimits { FileBytes = 100_000 });

        result.Succeeded.ShouldBeFalse();
        result.Describe().ShouldBe("file size exceeded");
    }

    [Fact]
    public async Task Many_small_files_are_a_large_folder()
    {
        const string Script = "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8; do x=$x$x; done; i=0; while :; do i=$((i+1)); echo $x > f$i; done";
        SandboxResult result = await TestRun.ShellAsync(Script, new SandboxLimits { FolderBytes = 1 << 20, WallTime = TimeSpan.FromSeconds(30), CpuTime = TimeSpan.FromSeconds(30) });

        result.Outcome.ShouldBe(SandboxOutcome.FolderExceeded);
    }
}
