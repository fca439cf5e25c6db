namespace FLoRA.Inference.Tests.Engines;

/// <summary>Native memory, by TorchSharp's tensor statistics of the engine thread.</summary>
public class LeakTests
{
    [Fact]
    public async Task Live_tensors_stay_flat_over_2000_steps_with_cancel_churn()
    {
        long steps = 0;
        using Engine engine = TinyEngine.Load(change: o => o with { Trace = _ => steps++, KvTokens = 512, MaxRows = 64 });
        string?[] adapters = [null, .. engine.Adapters.Select(a => a.Name)];
        long early = 0;
        var random = new Random(5);
        for (int round = 0; steps < 2000; round++)
        {
            await ChurnAsync(engine, adapters, random);
            await engine.LoadAdapterAsync("guest", TinyEngine.Adapter(round % 2 == 0 ? "flora-r2" : "lora-r4"), TestContext.Current.CancellationToken);
            await engine.Submit(TinyEngine.Ask([3, 4, 5], "guest", 4)).ReadAsync();
            await engine.UnloadAdapterAsync("guest", TestContext.Current.CancellationToken);
            await engine.Submit(TinyEngine.Ask([3, 4, 5], null, 4)).ReadAsync(); // the same last composition at every count
            long live = await engine.CountLiveTensorsAsync();
            if (round == 3)
                early = live;
            else if (round > 3)
                Assert.Equal(early, live);
        }

        Assert.True(early > 0);
    }

    [Fact]
    public async Task Dispose_returns_every_tensor()
    {
        // The counts are those of the disposing engine thread, read in its last moments: nothing may be live after the core is gone.
        Engine engine = TinyEngine.Load();
        await engine.Submit(TinyEngine.Ask([1, 2, 3], "flora-r4-alllinear", 8)).ReadAsync();
        engine.Dispose();
        Assert.Equal(0, engine.LiveTensorsAfterDispose);
    }

    private static async Task ChurnAsync(Engine engine, string?[] adapters, Random random)
    {
        var reads = new List<Task>();
        for (int i = 0; i < 12; i++)
        {
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(263))];
            TokenStream stream = engine.Submit(TinyEngine.Ask(prompt, adapters[random.Next(adapters.Length)], random.Next(1, 24)) with { Logprobs = random.Next(2) == 0 });
            int leaveAfter = random.Next(3) == 0 ? random.Next(6) : int.MaxValue;
            reads.Add(stream.ReadSomeAsync(leaveAfter));
        }

        await Task.WhenAll(reads);
    }
}
