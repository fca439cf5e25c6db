namespace FLoRA.Inference.Tests.Engines;

/// <summary>Ten thousand steps in which adapters come, are replaced and go, and requests are cancelled: memory of both kinds stays where it was.</summary>
public sealed class ChurnTests(ITestOutputHelper output)
{
    private const int Steps = 10_000, WarmSteps = 2_000;

    /// <summary>What the heap of the runtime and of malloc may sway; a leak of one small tensor (some hundred bytes) per request would be more.</summary>
    private const long MostGrowthBytes = 24 << 20;

    private static readonly string[] Guests = ["flora-r2", "lora-r4", "ia3", "hira-r2", "flora-r4-alllinear"];

    /// <summary>Room on the device, of what all adapters together take: they make room for one another, and the largest fits.</summary>
    private const double ShareOfRoom = 0.6;

    [Theory]
    [InlineData("float32")]
    [InlineData("int8")]
    public async Task Tensors_and_resident_memory_stay_flat_over_ten_thousand_steps(string dtype)
    {
        long steps = 0, tensors = 0, resident = 0, refused = 0, room = (long)(ShareOfRoom * await RoomOfAllAsync(dtype));
        using Engine engine = TinyEngine.Load(change: o => o with
        {
            DType = dtype, Trace = _ => Interlocked.Increment(ref steps), KvTokens = 512, MaxRows = 64, MaxSequences = 12, AdapterFolders = [], AdapterBytes = room,
        });
        var random = new Random(10_000);
        await AgreeAsync(engine);
        for (int round = 0; Interlocked.Read(ref steps) < Steps; round++)
        {
            refused += await RoundAsync(engine, random, round);
            await AgreeAsync(engine);
            if (tensors == 0 && Interlocked.Read(ref steps) >= WarmSteps)
                (tensors, resident) = (await engine.CountLiveTensorsAsync(), ResidentBytes());
            else if (tensors > 0)
                Assert.Equal(tensors, await engine.CountLiveTensorsAsync());
        }

        await engine.AssertIdleAsync();
        long growth = ResidentBytes() - resident;
        output.WriteLine($"{dtype}: resident memory grew by {growth >> 10} KiB, {engine.AdapterStore.Installs} adapters were copied to the device, {engine.AdapterStore.Evictions} made room");
        Assert.True(growth < MostGrowthBytes, $"resident memory grew by {growth >> 10} KiB between step {WarmSteps} and step {Steps}");
        Assert.True(engine.AdapterStore.Evictions > 0, $"no adapter made room for another in {engine.AdapterStore.ResidentByteBudget} bytes: the churn is of no use");
        Assert.True(refused > 0, "no request named an adapter that was just unloaded: the churn is of no use");
        engine.Dispose();
        Assert.Equal(0, engine.LiveTensorsAfterDispose);
    }

    private static async Task<long> RoomOfAllAsync(string dtype)
    {
        using Engine engine = TinyEngine.Load(change: o => o with { DType = dtype, AdapterFolders = [] });
        foreach (string guest in Guests)
        {
            await engine.LoadAdapterAsync(guest, TinyEngine.Adapter(guest), TestContext.Current.CancellationToken);
            await engine.PinAdapterAsync(guest, TestContext.Current.CancellationToken);
        }

        return engine.AdapterStore.ResidentBytes;
    }

    /// <summary>Requests under names that are loaded, replaced and unloaded meanwhile; some leave early. Gives how many were refused for a name that had gone.</summary>
    private static async Task<int> RoundAsync(Engine engine, Random random, int round)
    {
        CancellationToken none = TestContext.Current.CancellationToken;
        List<Task> reads = [];
        int refused = 0;
        for (int i = 0; i < 16; i++)
        {
            string name = $"guest{random.Next(5)}";
            switch (random.Next(8))
            {
                case 0 or 1:
                    await engine.LoadAdapterAsync(name, TinyEngine.Adapter(Guests[(round + i) % Guests.Length]), none);
                    break;
                case 2 when engine.Adapters.Any(adapter => adapter.Name == name):
                    await engine.UnloadAdapterAsync(name, none);
                    break;
                default:
                    try
                    {
                        int[] prompt = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(263))];
                        TokenStream stream = engine.Submit(TinyEngine.Ask(prompt, random.Next(4) == 0 ? null : name, random.Next(4, 60)) with { Logprobs = random.Next(4) == 0 });
                        reads.Add(stream.ReadSomeAsync(random.Next(3) == 0 ? random.Next(8) : int.MaxValue));
                    }
                    catch (AdapterNotFoundException)
                    {
                        refused++;
                    }

                    break;
            }
        }

        await Task.WhenAll(reads);
        return refused;
    }

    /// <summary>The same last state at every count: names gone, and a step of the base alone.</summary>
    private static async Task AgreeAsync(Engine engine)
    {
        foreach (AdapterInfo adapter in engine.Adapters)
            await engine.UnloadAdapterAsync(adapter.Name, TestContext.Current.CancellationToken);
        await engine.Submit(TinyEngine.Ask([3, 4, 5], null, 2)).ReadAsync();
    }

    private static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
