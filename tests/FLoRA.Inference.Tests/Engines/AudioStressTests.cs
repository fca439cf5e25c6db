namespace FLoRA.Inference.Tests.Engines;

/// <summary>Many recordings at once, with every adapter, some of them given up.</summary>
public class AudioStressTests
{
    [Theory]
    [InlineData(4096)]
    [InlineData(640)] // three recordings with some text
    public async Task Fifty_recordings_each_end_in_exactly_one_way_and_those_left_alone_are_golden(int kvTokens)
    {
        AudioCase[] cases = [.. AudioEngine.Golden, .. await AudioEngine.EveryAdapter];
        using Engine engine = AudioEngine.Load(o => o with { KvTokens = kvTokens, MaxRows = 64, MaxSequences = 16 });
        for (int round = 0; round < 3; round++)
        {
            string[] ends = await Task.WhenAll(Enumerable.Range(50 * round, 50).Select(n => Task.Run(() => CallAsync(engine, cases[n % cases.Length], new Random(n)))));
            Assert.All(ends, end => Assert.Contains(end, (string[])["golden", "cancelled", "left"]));
            Assert.All((string[])["golden", "cancelled", "left"], end => Assert.Contains(end, ends));
            await engine.AssertIdleAsync();
        }
    }

    [Fact]
    public async Task Disposing_in_every_phase_ends_all_and_returns_every_tensor()
    {
        for (int after = 1; after <= AudioEngine.Units + 3; after++)
        {
            int steps = 0;
            using var reached = new ManualResetEventSlim();
            Engine engine = AudioEngine.Load(o => o with { KvTokens = 640, Trace = _ => SetAt(++steps, after, reached) });
            TokenStream[] streams = [.. AudioEngine.Golden.Take(8).Select(one => engine.Submit(AudioEngine.Ask(one)))];
            reached.Wait(TestContext.Current.CancellationToken);
            engine.Dispose();
            foreach (TokenStream stream in streams)
                Assert.True(await Record.ExceptionAsync(stream.ReadAsync) is null or ObjectDisposedException);
            Assert.Equal(0, engine.LiveTensorsAfterDispose);
        }
    }

    private static void SetAt(int step, int wanted, ManualResetEventSlim reached)
    {
        if (step == wanted)
            reached.Set();
    }

    private static async Task<string> CallAsync(Engine engine, AudioCase one, Random random)
    {
        int[] expected = one.Expected;
        TokenStream stream = engine.Submit(AudioEngine.Ask(one));
        int leaveAfter = random.Next(2) == 0 ? random.Next(expected.Length) : int.MaxValue;
        bool cancels = random.Next(2) == 0;
        if (leaveAfter == 0)
        {
            await engine.ReadCountersAsync(); // some steps on
            stream.Cancel();
        }

        var tokens = new List<int>();
        try
        {
            await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            {
                tokens.Add(token.Id);
                if (tokens.Count != leaveAfter)
                    continue;
                if (!cancels)
                    return "left";
                stream.Cancel();
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Equal(expected.Take(tokens.Count), tokens);
            return "cancelled";
        }

        Assert.Equal(expected, tokens);
        return stream.FinishReason == FinishReason.Length ? "golden" : "no end";
    }
}
