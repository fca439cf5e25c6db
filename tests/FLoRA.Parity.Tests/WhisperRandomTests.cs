using FLoRA.Inference;
using FLoRA.Parity.Tests.Random;
using FLoRA.Parity.Tests.Reference;

namespace FLoRA.Parity.Tests;

/// <summary>Speech models and adapters that nobody chose: encoder and decoder in float32 against plain loops in double, alone and in batches of every size.</summary>
public class WhisperRandomTests
{
    private const double EncoderTolerance = 5e-4;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory, MemberData(nameof(Seeds))]
    public async Task Engine_equals_the_slow_model_alone_and_in_batches(int seed)
    {
        using var random = new RandomSpeech(seed);
        using (Engine engine = random.Load())
        {
            foreach (RandomRecording recording in random.Recordings)
            {
                await EncodeAsync(random, engine, recording);
                await ScoreAsync(random, engine, recording, "alone");
            }

            await TogetherAsync(random, engine, "together");
        }

        foreach (int atOnce in (int[])[1, 2, 5])
        {
            int blockTokens = random.Dice.Pick(1, 4, 16), maxRows = random.Dice.Pick(10, 16, 64);
            // Room for the recordings that run at once, or for fewer.
            int tokens = ((1 + random.Dice.From(0, atOnce)) * (random.Positions + 16)) + 64;
            using Engine engine = random.Load(o => o with { MaxRows = maxRows, MaxSequences = atOnce, KvTokens = tokens, BlockTokens = blockTokens });
            await TogetherAsync(random, engine, $"{atOnce} at once, {maxRows} rows, {tokens} cached tokens, blocks of {blockTokens}");
            var left = await engine.ReadOccupancyAsync();
            Assert.Equal((0, 0, left.TotalBlocks, 0), (left.RunningSequences, left.WaitingSequences, left.FreeBlocks, left.AdapterPins));
        }
    }

    /// <summary>The slow model itself, against the golden numbers.</summary>
    [Fact]
    public void Slow_model_gives_the_golden_numbers()
    {
        const string Name = "whisper-short-random";
        var golden = new WhisperModel(Name);
        GoldenModel folders = GoldenModel.Named(Name);
        var model = (ReferenceWhisper)ReferenceModel.Load(folders.ModelFolder);
        foreach (WhisperCase one in golden.Cases.DistinctBy(c => c.Adapter))
        {
            var adapter = one.Adapter is null ? null : new ReferenceAdapter(folders.AdapterFolder(one.Adapter));
            ReferenceText.Of(model, golden.Features(one.Features), adapter, one.Tokens).AssertLogprobs(one.Floats("logprobs"), 2e-4, one.Name);
        }
    }

    private static Task TogetherAsync(RandomSpeech random, Engine engine, string what) =>
        Task.WhenAll(random.Recordings.SelectMany(r => new[] { ScoreAsync(random, engine, r, what), ContinueAsync(random, engine, r, what) }));

    private static async Task EncodeAsync(RandomSpeech random, Engine engine, RandomRecording recording)
    {
        float[] actual = await engine.EncodeAloneAsync(recording.Audio, recording.Adapter);
        double[] expected = [.. random.Encoded(recording).SelectMany(p => p)];
        Assert.Equal(expected.Length, actual.Length);
        double error = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(error <= EncoderTolerance, $"{recording.Adapter ?? "base"}: the encoder is off by {error:0.0e+0}");
    }

    private static async Task ScoreAsync(RandomSpeech random, Engine engine, RandomRecording recording, string what)
    {
        ScoreResult result = await engine.ScoreAsync(recording.Tokens, recording.Adapter, recording.Audio, TestContext.Current.CancellationToken);
        ReferenceText reference = random.Reference(recording, recording.Tokens);
        reference.AssertLogprobs(result.Logprobs, EngineCheck.LogprobTolerance, $"{recording.Adapter ?? "base"}, {what}");
        reference.AssertTop(result.Top, EngineCheck.LogitTolerance, $"{recording.Adapter ?? "base"}, {what}");
    }

    private static async Task ContinueAsync(RandomSpeech random, Engine engine, RandomRecording recording, string what)
    {
        TokenStream stream = engine.Submit(new Request
        {
            PromptTokens = recording.Tokens,
            Audio = recording.Audio,
            Adapter = recording.Adapter,
            MaxNewTokens = recording.NewTokens,
            IgnoreEos = true,
            Logprobs = true,
        });
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        Assert.Equal(recording.NewTokens, tokens.Count);
        ReferenceText reference = random.Reference(recording, [.. recording.Tokens, .. tokens.Select(t => t.Id)]);
        reference.AssertLogprobs([.. tokens.Select(t => t.Logprob!.Value)], EngineCheck.LogprobTolerance, $"{recording.Adapter ?? "base"}, {what}", recording.Tokens.Length);
        reference.AssertGreedy(recording.Tokens.Length, EngineCheck.LogitTolerance, $"{recording.Adapter ?? "base"}, {what}");
    }
}
