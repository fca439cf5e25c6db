using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Searches over the paged cache of the real engine: in company, in small caches, some of them given up.</summary>
public class BeamStressTests
{
    private const int Width = 4;

    /// <summary>A token that no search meets often: most go to their limit.</summary>
    private const int EndToken = 1;

    private static Request Search(AudioCase one) => AudioEngine.Ask(one) with { Beams = new BeamSettings(Width, Width, null, EndToken), Logprobs = true };

    [Theory]
    [InlineData(4096)]
    [InlineData(640)]
    public async Task Searches_beside_others_find_what_they_find_alone_and_leave_nothing_behind(int kvTokens)
    {
        AudioCase[] cases = [.. (await AudioEngine.EveryAdapter).Take(12)];
        using Engine engine = AudioEngine.Load(o => o with { KvTokens = kvTokens, MaxRows = 64, MaxSequences = 8 });
        var alone = new List<int[]>();
        foreach (AudioCase one in cases)
            alone.Add(await engine.Submit(Search(one)).ReadAsync());
        await engine.AssertIdleAsync();

        // Every third is no search, every fourth is given up at some time.
        int[] same = await Task.WhenAll(Enumerable.Range(0, 48).Select(n => Task.Run(() => CallAsync(engine, n, cases[n % cases.Length], alone[n % cases.Length]))));
        Assert.All((int[])[0, 1, 2], end => Assert.Contains(end, same));
        await engine.AssertIdleAsync();
    }

    /// <summary>Its audio and two blocks per beam: where the beams share only the first one, less than a block per beam is free.</summary>
    [Fact]
    public async Task A_search_that_just_fits_the_cache_ends()
    {
        AudioCase one = AudioEngine.Golden[0] with { Tokens = AudioEngine.Golden[0].Tokens[^4..], Expected = new int[24] };
        using Engine large = AudioEngine.Load(o => o with { KvTokens = 4096 });
        int blockTokens = large.Info.BlockTokens;
        int own = Width * ((one.Tokens.Length + one.Expected.Length - 1 + blockTokens - 1) / blockTokens);
        int audio = (large.Model.Audio!.Frames / 2 + blockTokens - 1) / blockTokens;
        using Engine small = AudioEngine.Load(o => o with { KvTokens = (own + audio) * blockTokens });
        Assert.Equal(await large.Submit(Search(one)).ReadAsync(), await small.Submit(Search(one)).ReadAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        await small.AssertIdleAsync();
    }

    /// <returns>0: a search came to its end, 1: it was cancelled, 2: no search.</returns>
    private static async Task<int> CallAsync(Engine engine, int n, AudioCase one, int[] found)
    {
        if (n % 3 == 0)
        {
            Assert.Equal(one.Expected, await engine.Submit(AudioEngine.Ask(one)).ReadAsync());
            return 2;
        }

        TokenStream stream = engine.Submit(Search(one));
        if (n % 4 == 1)
        {
            for (int step = 0; step < n % 7; step++)
                await engine.ReadCountersAsync(); // some steps on
            stream.Cancel();
        }

        try
        {
            Assert.Equal(found, await stream.ReadAsync());
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
    }
}
