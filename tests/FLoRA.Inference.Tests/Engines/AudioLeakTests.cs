namespace FLoRA.Inference.Tests.Engines;

/// <summary>Native memory of recordings, by TorchSharp's tensor statistics of the engine thread.</summary>
public class AudioLeakTests
{
    [Fact]
    public async Task Live_tensors_stay_flat_over_recordings_cancelled_in_every_phase()
    {
        var cancel = new List<(int Step, TokenStream Stream)>();
        int steps = 0;
        using Engine engine = AudioEngine.Load(o => o with { KvTokens = 640, MaxRows = 64, Trace = _ => CancelDue(cancel, steps++) });
        // Every adapter once: the weights that are formed for them are kept.
        foreach (var one in await AudioEngine.EveryAdapter)
            await engine.Submit(AudioEngine.Ask(one)).ReadAsync();
        await GoldenAsync(engine);
        long before = await engine.CountLiveTensorsAsync();
        Assert.True(before > 0);
        for (int phase = 0; phase < 3 * AudioEngine.Units; phase++)
        {
            TokenStream[] streams = [.. (await AudioEngine.EveryAdapter).Where((_, i) => i % 2 == phase % 2).Select(one => engine.Submit(AudioEngine.Ask(one)))];
            await engine.ReadCountersAsync();
            lock (cancel)
                cancel.AddRange(streams.Select((s, i) => (steps + ((phase + i) % (4 * AudioEngine.Units)), s)));
            foreach (TokenStream stream in streams)
                Assert.True(await Record.ExceptionAsync(stream.ReadAsync) is null or OperationCanceledException);
            await engine.AssertIdleAsync();
            await GoldenAsync(engine); // the same last composition at every count
            Assert.Equal(before, await engine.CountLiveTensorsAsync());
        }
    }

    [Fact]
    public async Task A_recording_cancelled_half_encoded_leaves_no_state_behind_an_idle_engine()
    {
        using var held = new HeldEngine(AudioEngine.Options);
        AudioCase one = AudioEngine.Golden[0];
        TokenStream stream = await held.HoldAsync(AudioEngine.Ask(one)); // its first unit is done
        stream.Cancel();
        held.Go();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(stream.ReadAsync);
        long idle = await held.Engine.CountLiveTensorsAsync();

        using Engine fresh = AudioEngine.Load();
        Assert.Equal(await fresh.CountLiveTensorsAsync(), idle);
    }

    private static void CancelDue(List<(int Step, TokenStream Stream)> cancel, int step)
    {
        lock (cancel)
        {
            foreach ((_, TokenStream stream) in cancel.Where(c => c.Step <= step))
                stream.Cancel();
            cancel.RemoveAll(c => c.Step <= step);
        }
    }

    private static async Task GoldenAsync(Engine engine)
    {
        AudioCase one = AudioEngine.Golden[0];
        Assert.Equal(one.Expected, await engine.Submit(AudioEngine.Ask(one)).ReadAsync());
    }
}
