using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Prompts that begin alike, callers that leave, little cache, and a name that leads to one content after the other: every answer is that of its own adapter alone, to the last bit.</summary>
public class SharedPrefixStressTests
{
    private const int Rounds = 12, Callers = 20, NewTokens = 12, LongestPrompt = 90, KvTokens = 384;

    private static readonly string[] Contents = ["flora-r4-alllinear", "lora-r8-alllinear", "flora-r2", "ia3"];
    private static readonly int[] Stem = [.. Enumerable.Range(0, LongestPrompt).Select(i => (i * 53) % 263)];

    private readonly Dictionary<(string? Content, int Stem, int Own), (int, int)[]> _alone = [];
    private readonly List<Task> _running = [];

    [Fact]
    public async Task Callers_come_and_leave_while_one_name_is_replaced()
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        using Engine single = TinyEngine.Load(change: o => o with { DType = "int8", Threads = 1, MaxSequences = 1, PrefixCache = false });
        using Engine engine = TinyEngine.Load(change: o => o with { DType = "int8", KvTokens = KvTokens, MaxRows = 48, BlockTokens = 4 });
        var random = new Random(11);
        for (int round = 0; round < Rounds; round++)
        {
            string content = Contents[round % Contents.Length];
            await engine.LoadAdapterAsync("style", TinyEngine.Adapter(content), TestContext.Current.CancellationToken);
            var calls = new List<Task>();
            for (int i = 0; i < Callers; i++)
            {
                bool isStyled = random.Next(3) > 0;
                (int stem, int own, int leaveAfter) = (random.Next(LongestPrompt), random.Next(4), random.Next(4) == 0 ? random.Next(NewTokens) : int.MaxValue);
                int[] prompt = [.. Stem[..stem], own, own + 1];
                TokenStream stream = engine.Submit(TinyEngine.Ask(prompt, isStyled ? "style" : null, NewTokens) with { Logprobs = true });
                calls.Add(CheckAsync(stream, await AloneAsync(single, isStyled ? content : null, stem, own, prompt), leaveAfter));
            }

            // The next round replaces the name under those that still run.
            if (round % 2 == 0)
                await Task.WhenAll(calls);
            else
                _ = await Task.WhenAny(calls);
            _running.AddRange(calls);
        }

        await Task.WhenAll(_running);
        var counters = await engine.ReadCountersAsync();
        Assert.True(counters is { PrefixHitTokens: > 0, EvictedBlocks: > 0 }, $"{counters.PrefixHitTokens} tokens found, {counters.EvictedBlocks} blocks evicted");
        var occupancy = await engine.ReadOccupancyAsync();
        Assert.Equal((occupancy.TotalBlocks, 0), (occupancy.FreeBlocks, occupancy.AdapterPins));
    }

    private async Task<(int, int)[]> AloneAsync(Engine single, string? content, int stem, int own, int[] prompt)
    {
        if (!_alone.TryGetValue((content, stem, own), out (int, int)[]? tokens))
            _alone[(content, stem, own)] = tokens = await ReadAsync(single.Submit(TinyEngine.Ask(prompt, content, NewTokens) with { Logprobs = true }), int.MaxValue);
        return tokens;
    }

    private static async Task CheckAsync(TokenStream stream, (int, int)[] alone, int leaveAfter)
    {
        (int, int)[] tokens = await ReadAsync(stream, leaveAfter);
        Assert.Equal(alone[..tokens.Length], tokens);
        Assert.Equal(Math.Min(leaveAfter, NewTokens), tokens.Length);
    }

    private static async Task<(int Id, int LogprobBits)[]> ReadAsync(TokenStream stream, int leaveAfter)
    {
        var tokens = new List<(int, int)>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
        {
            if (tokens.Count == leaveAfter)
                break;
            tokens.Add((token.Id, BitConverter.SingleToInt32Bits(token.Logprob!.Value)));
        }

        return [.. tokens];
    }
}
