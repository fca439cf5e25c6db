using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Whoever's adapter makes numbers that are too large for the type fails, with a clear error, and by itself: neighbours in the same steps get what they get alone. In libtorch's composition, which masks others' numbers away.</summary>
public sealed class OverflowTests
{
    private const float LargestHalf = 65504f;

    private static readonly int[] ShortPrompt = [1, 2, 3], LongPrompt = [.. Enumerable.Range(7, 40)];

    /// <summary>The short text is padded to as many blocks as the long one has while a prompt, cut over several steps, fills the first block of the cache with what is not finite.</summary>
    [Fact]
    public async Task Keys_that_overflow_do_not_reach_shorter_neighbours()
    {
        var steps = new List<StepTrace>();
        using Engine engine = TinyEngine.Load(change: o => o with { DType = "float16", AdapterFolders = [], MaxRows = 64, MaxSequences = 3, KvTokens = 1024, PrefixCache = false, Trace = steps.Add });
        engine.RegisterAdapter("huge", Of(AdapterKind.Flora, m => new ModuleAdapter
        {
            Path = m.Path,
            RowCount = 1,
            OutputScale = Filled(m.OutFeatures, LargestHalf),
            InputScale = Filled(m.InFeatures, LargestHalf),
        }));
        Request shorter = TinyEngine.Ask(ShortPrompt, newTokens: 12) with { Logprobs = true }, longer = TinyEngine.Ask(LongPrompt, newTokens: 12) with { Logprobs = true };
        GeneratedToken[] shortAlone = await ReadTokensAsync(engine.Submit(shorter)), longAlone = await ReadTokensAsync(engine.Submit(longer));
        steps.Clear();

        TokenStream shortText, longText, huge;
        using (engine.HoldSteps())
        {
            // Three run at a time: the one that ends with the first step leaves the first block to the one that overflows.
            engine.Submit(TinyEngine.Ask([4, 5], newTokens: 1));
            (shortText, longText) = (engine.Submit(shorter), engine.Submit(longer));
            huge = engine.Submit(TinyEngine.Ask([.. Enumerable.Range(3, 150)], "huge", 4));
        }

        AssertSame(shortAlone, await ReadTokensAsync(shortText));
        AssertSame(longAlone, await ReadTokensAsync(longText));
        await AssertOverflowAsync(huge);
        await engine.ReadCountersAsync();
        Assert.Contains(steps, s => s.DecodeTokens == 2 && s.PrefillTokens > 0 && s.Sequences.Contains(huge.RequestId));
    }

    [Theory, InlineData("float16"), InlineData("float32")]
    public async Task A_lora_that_overflows_does_not_reach_a_neighbour_s(string dtype)
    {
        using Engine engine = TinyEngine.Load(change: o => o with { DType = dtype, UseTorchKernels = true, PrefixCache = false });
        engine.RegisterAdapter("huge", Of(AdapterKind.Lora, m => new ModuleAdapter
        {
            Path = m.Path,
            RowCount = 1,
            AdditiveRank = 2,
            Down = Filled(2 * m.InFeatures, dtype == "float16" ? LargestHalf : float.MaxValue),
            Up = Filled(2 * m.OutFeatures, 1),
        }));
        Request[] well = [TinyEngine.Ask(LongPrompt, "lora-r4", 8) with { Logprobs = true }, TinyEngine.Ask(ShortPrompt, "lora-r8-alllinear", 8) with { Logprobs = true }, TinyEngine.Ask(ShortPrompt, null, 8) with { Logprobs = true }];
        var alone = new List<GeneratedToken[]>();
        foreach (Request request in well)
            alone.Add(await ReadTokensAsync(engine.Submit(request)));

        TokenStream huge;
        TokenStream[] streams;
        using (engine.HoldSteps())
        {
            huge = engine.Submit(TinyEngine.Ask(LongPrompt, "huge", 4));
            streams = [.. well.Select(engine.Submit)];
        }

        await AssertOverflowAsync(huge);
        for (int i = 0; i < streams.Length; i++)
            AssertSame(alone[i], await ReadTokensAsync(streams[i]));
    }

    private static async Task AssertOverflowAsync(TokenStream huge)
    {
        var error = await Assert.ThrowsAsync<EngineFaultException>(huge.ReadAsync);
        Assert.Contains("are not finite (adapter 'huge')", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Products change in their last bits with the number of rows, in which a choice may fall otherwise; up to there the best log-probabilities are alike.</summary>
    private static void AssertSame(GeneratedToken[] alone, GeneratedToken[] beside)
    {
        Assert.Equal(alone.Length, beside.Length);
        for (int t = 0; t < alone.Length; t++)
        {
            Assert.Equal(alone[t].Logprob!.Value, beside[t].Logprob!.Value, 0.01f);
            if (alone[t].Id != beside[t].Id)
                return;
        }
    }

    private static Adapter Of(AdapterKind kind, Func<ModuleBlueprint, ModuleAdapter> module) => new()
    {
        Folder = "",
        Kind = kind,
        Rank = 1,
        Modules = [.. ModelConfigReader.Read(Path.Combine(TinyEngine.Folder(), "model")).Modules.Select(module)],
        ParameterCount = 0,
        ContentHash = "huge",
    };

    private static float[] Filled(int count, float number) => [.. Enumerable.Repeat(number, count)];

    private static async Task<GeneratedToken[]> ReadTokensAsync(TokenStream stream)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        return [.. tokens];
    }
}
