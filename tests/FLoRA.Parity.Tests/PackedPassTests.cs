using FLoRA.Inference;
using FLoRA.Inference.Sampling;
using FLoRA.Parity.Tests.Random;

namespace FLoRA.Parity.Tests;

/// <summary>
/// Kernels of our own and libtorch's composition of the same random model, with adapters of every kind beside one another: where a machine has no such kernels,
/// both are the composition.
/// </summary>
public class PackedPassTests
{
    /// <summary>Of a logit or a log-probability.</summary>
    private const double RelativeTolerance = 1e-4;

    public static TheoryData<string, int?> Texts
    {
        get
        {
            var cases = new TheoryData<string, int?>();
            foreach (string family in (string[])["gpt_bigcode", "llama", "starcoder2", "qwen2", "qwen3"])
            {
                foreach (int? rank in (int?[])[null, 1, 2, 3, 7, 16])
                    cases.Add(family, rank);
            }

            return cases;
        }
    }

    public static TheoryData<int> Recordings => [.. Enumerable.Range(201, 6)];

    [Theory, MemberData(nameof(Texts))]
    public async Task Texts_are_the_same_as_composed(string family, int? rank)
    {
        using var random = new RandomCase(family, 100 + (rank ?? 0), rank: rank);
        // Rank 16 of HiRA takes 17 rows: chunks of two tokens, beside sequences that decode.
        Func<EngineOptions, EngineOptions> small = o => o with { MaxRows = 36, BlockTokens = 4, KvTokens = 512 };
        foreach (Func<EngineOptions, EngineOptions> change in (Func<EngineOptions, EngineOptions>[])[o => o, small])
        {
            using Engine packed = random.Load(change), composed = random.Load(o => change(o) with { UseTorchKernels = true });
            Task<ScoreResult[]> Score(Engine engine) => Task.WhenAll(random.Texts.Select(t => engine.ScoreAsync(t.Tokens, t.Adapter, TestContext.Current.CancellationToken)));
            Task<GeneratedToken[][]> Continue(Engine engine) => Task.WhenAll(random.Texts.Select(t => ReadAsync(engine.Submit(new Request
            {
                PromptTokens = t.Tokens,
                Adapter = t.Adapter,
                MaxNewTokens = t.NewTokens,
                IgnoreEos = true,
                Logprobs = true,
            }))));
            Task<GeneratedToken[][]> texts = Continue(packed);
            ScoreResult[] actual = await Score(packed), expected = await Score(composed);
            for (int i = 0; i < expected.Length; i++)
                AssertSame(expected[i], actual[i], random.Texts[i].Adapter);
            AssertSame(await Continue(composed), await texts, [.. random.Texts.Select(t => t.Adapter)]);
        }
    }

    [Theory, MemberData(nameof(Recordings))]
    public async Task Recordings_are_the_same_as_composed(int seed)
    {
        using var random = new RandomSpeech(seed);
        using Engine packed = random.Load(), composed = random.Load(o => o with { UseTorchKernels = true });
        Task<ScoreResult[]> Score(Engine engine) => Task.WhenAll(random.Recordings.Select(r => engine.ScoreAsync(r.Tokens, r.Adapter, r.Audio, TestContext.Current.CancellationToken)));
        Task<GeneratedToken[][]> Continue(Engine engine, BeamSettings? beams) => Task.WhenAll(random.Recordings.Select(r => ReadAsync(engine.Submit(new Request
        {
            PromptTokens = r.Tokens,
            Audio = r.Audio,
            Adapter = r.Adapter,
            MaxNewTokens = r.NewTokens,
            IgnoreEos = true,
            Logprobs = true,
            Beams = beams,
        }))));
        foreach (RandomRecording recording in random.Recordings)
        {
            float[] expected = await composed.EncodeAloneAsync(recording.Audio, recording.Adapter), actual = await packed.EncodeAloneAsync(recording.Audio, recording.Adapter);
            double scale = expected.Max(Math.Abs);
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, RelativeTolerance * scale));
        }

        string?[] adapters = [.. random.Recordings.Select(r => r.Adapter)];
        ScoreResult[] scores = await Score(packed), composedScores = await Score(composed);
        for (int i = 0; i < scores.Length; i++)
            AssertSame(composedScores[i], scores[i], adapters[i]);
        AssertSame(await Continue(composed, null), await Continue(packed, null), adapters);
        var search = new BeamSettings(3, 3, null, EndToken: 0);
        AssertSame(await Continue(composed, search), await Continue(packed, search), adapters);
    }

    private static void AssertSame(ScoreResult expected, ScoreResult actual, string? adapter)
    {
        AssertNear(expected.Logprobs, actual.Logprobs, $"log-probabilities of {adapter ?? "base"}");
        AssertNear([.. expected.Top.Select(t => t.Logit)], [.. actual.Top.Select(t => t.Logit)], $"logits of {adapter ?? "base"}");
    }

    private static void AssertSame(GeneratedToken[][] expected, GeneratedToken[][] actual, string?[] adapters)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Select(t => t.Id), actual[i].Select(t => t.Id));
            AssertNear([.. expected[i].Select(t => t.Logprob ?? 0)], [.. actual[i].Select(t => t.Logprob ?? 0)], $"new tokens of {adapters[i] ?? "base"}");
        }
    }

    private static void AssertNear(IReadOnlyList<float> expected, IReadOnlyList<float> actual, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= RelativeTolerance * (1 + Math.Abs(expected[i])), $"{what}, {i}: {actual[i]}, composed {expected[i]}");
    }

    private static async Task<GeneratedToken[]> ReadAsync(TokenStream stream)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        return [.. tokens];
    }
}
