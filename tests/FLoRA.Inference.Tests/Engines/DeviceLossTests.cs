using FLoRA.Inference.Execution;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>A real engine whose steps fail until its device counts as lost.</summary>
public class DeviceLossTests
{
    private static readonly int[] Prompt = [5, 6, 7];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Func<IForwardPass, IForwardPass> FailFrom(int call) => forward => new FailingForward(forward, at => at >= call);

    [Fact]
    public async Task Who_runs_fails_with_the_step_who_waits_is_told_to_come_again_and_nothing_is_kept()
    {
        using var held = new HeldEngine(o => o with { MaxSequences = 1, LostAfterFailedSteps = 2, DecorateForward = FailFrom(3) });
        TokenStream first = await held.HoldAsync(TinyEngine.Ask(Prompt)); // computed by calls 0 to 2, fails in call 3
        TokenStream second = held.Engine.Submit(TinyEngine.Ask(Prompt)); // fails in call 4
        TokenStream[] waiting = [.. Enumerable.Range(0, 3).Select(_ => held.Engine.Submit(TinyEngine.Ask(Prompt, "flora-r2")))];
        held.Go();

        EngineFaultException lost = await held.Engine.Lost.WaitAsync(Cancel);
        Assert.EndsWith("injected fault; the device is lost (2 steps failed in a row)", lost.Message, StringComparison.Ordinal);
        Assert.True((await Assert.ThrowsAsync<EngineFaultException>(first.ReadAsync)).IsDeviceFault);
        Assert.Same(lost, await Assert.ThrowsAsync<EngineFaultException>(second.ReadAsync));
        foreach (TokenStream stream in waiting)
        {
            var refused = await Assert.ThrowsAsync<EngineUnavailableException>(stream.ReadAsync);
            Assert.Null(refused.RetryAfter);
            Assert.Same(lost, refused.InnerException);
        }

        int blocks = held.Engine.Info.KvTokens / held.Engine.Info.BlockTokens;
        Assert.Equal(new EngineOccupancy(0, 0, blocks, blocks, 0, 0, 0), await held.Engine.ReadOccupancyAsync());
        held.Engine.Dispose();
        Assert.Equal(0, held.Engine.LiveTensorsAfterDispose);
    }

    [Fact]
    public async Task A_lost_engine_takes_nothing_more()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { LostAfterFailedSteps = 1, DecorateForward = FailFrom(0) });
        await Assert.ThrowsAsync<EngineFaultException>(engine.Submit(TinyEngine.Ask(Prompt)).ReadAsync);
        await engine.Lost.WaitAsync(Cancel);
        Assert.Throws<EngineUnavailableException>(() => engine.Submit(TinyEngine.Ask(Prompt)));
        await Assert.ThrowsAsync<EngineUnavailableException>(() => engine.ScoreAsync(Prompt, null, Cancel));
        Assert.Equal((0, 0), engine.Queued);
        engine.Dispose();
        Assert.Throws<EngineUnavailableException>(() => engine.Submit(TinyEngine.Ask(Prompt)));
    }

    [Fact]
    public async Task Faults_with_good_steps_between_them_are_no_loss()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { LostAfterFailedSteps = 2, DecorateForward = forward => new FailingForward(forward, call => call % 2 == 1) });
        for (int i = 0; i < 6; i++)
            await Assert.ThrowsAsync<EngineFaultException>(engine.Submit(TinyEngine.Ask(Prompt)).ReadAsync);
        Assert.Single(await engine.Submit(TinyEngine.Ask(Prompt, newTokens: 1)).ReadAsync());
        Assert.False(engine.Lost.IsCompleted);
    }

    [Fact]
    public async Task Lost_in_the_encoder_it_is_lost_too()
    {
        using Engine engine = AudioEngine.Load(o => o with { LostAfterFailedSteps = 1, AfterEncoding = _ => throw new InvalidOperationException("injected fault") });
        await Assert.ThrowsAsync<EngineFaultException>(engine.Submit(AudioEngine.Ask(AudioEngine.Golden[0])).ReadAsync);
        Assert.Contains("encoder", (await engine.Lost.WaitAsync(Cancel)).Message, StringComparison.Ordinal);
    }
}
