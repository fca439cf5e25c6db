using FLoRA.Inference;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Cancelling any service, before, while it waits in the queue, and in the middle.</summary>
public class CancellationConformanceTests
{
    private static readonly GoldenCompletion Probe = Tinycoder.Of(Tinycoder.Lua);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Would go on for hundreds of steps.</summary>
    private static FloraPromptExecutionSettings Long => new() { AdapterId = Tinycoder.Lua, MaxTokens = 400, IgnoreEos = true };

    public static TheoryData<string, bool> Calls() => ServiceConformanceTests.Calls();

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Before(string service, bool streaming)
    {
        using var tinycoder = new Tinycoder();
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(() => face.CallAsync(streaming, "local x", null, source.Token))).CancellationToken.ShouldBe(source.Token);
        (await tinycoder.RequestsAsync()).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task While_waiting_in_the_queue(string service, bool streaming)
    {
        using var gate = new StepGate();
        using var tinycoder = new Tinycoder(configure: o =>
        {
            o.MaxSequences = 1;
            o.Trace = gate.OnStep;
        });
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        using var source = new CancellationTokenSource();
        gate.HoldAfter(2);
        Task<ServiceAnswer> running = face.CallAsync(streaming, Probe.Prompt, face.Options(Route.Ends(Probe, Tinycoder.Lua)), Cancel);
        await gate.ReachedAsync();

        Task<ServiceAnswer> waiting = face.CallAsync(streaming, "local y", face.Options(Long), source.Token);
        waiting.IsCompleted.ShouldBeFalse();
        await source.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(() => waiting)).CancellationToken.ShouldBe(source.Token);
        gate.Open();
        (await running).Text.ShouldBe(Probe.Text);
        (await tinycoder.RequestsAsync()).ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task In_the_middle(string service, bool streaming)
    {
        using var gate = new StepGate();
        using var tinycoder = new Tinycoder(configure: o => o.Trace = gate.OnStep);
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        using var source = new CancellationTokenSource();
        int freeAlone = await FreeBlocksAfterProbeAsync(tinycoder, face);

        gate.HoldAfter(5);
        Task<ServiceAnswer> running = face.CallAsync(streaming, "local function list(t)\n", face.Options(Long), source.Token);
        await gate.ReachedAsync();
        IReadOnlyList<StepTrace> before = tinycoder.Steps;
        long id = before[^1].Sequences.ShouldHaveSingleItem();
        await source.CancelAsync();
        gate.Open();

        (await Should.ThrowAsync<OperationCanceledException>(() => running)).CancellationToken.ShouldBe(source.Token);
        (await tinycoder.StepsAsync()).Skip(before.Count).Count(step => step.Sequences.Contains(id)).ShouldBeLessThanOrEqualTo(1);
        (await FreeBlocksAfterProbeAsync(tinycoder, face)).ShouldBe(freeAlone);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task After_the_end_it_is_without_effect(string service, bool streaming)
    {
        using var tinycoder = new Tinycoder();
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        using var source = new CancellationTokenSource();
        ServiceAnswer answer = await face.CallAsync(streaming, Probe.Prompt, face.Options(Route.Ends(Probe, Tinycoder.Lua)), source.Token);
        await source.CancelAsync();
        answer.Text.ShouldBe(Probe.Text);
        answer.Metadata!.ShouldContainKey(FloraKeys.FinishReason);
    }

    /// <summary>Free blocks while the last token of the probe was computed, alone.</summary>
    private static async Task<int> FreeBlocksAfterProbeAsync(Tinycoder tinycoder, ServiceFace face)
    {
        (await face.AskAsync(Probe.Prompt, face.Options(Route.Ends(Probe, Tinycoder.Lua)), Cancel)).Text.ShouldBe(Probe.Text);
        StepTrace last = (await tinycoder.StepsAsync())[^1];
        last.Sequences.Count.ShouldBe(1);
        return last.FreeBlocks;
    }
}
