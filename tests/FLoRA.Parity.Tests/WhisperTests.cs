using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Sampling;

namespace FLoRA.Parity.Tests;

/// <summary>Whisper models against transformers: encoder, log-probabilities, greedy ids, probabilities after the start, every adapter, alone and together.</summary>
public class WhisperTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Models => ["whisper-tiny-random", "whisper-short-random"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task The_encoder_gives_the_golden_numbers(string name)
    {
        var model = new WhisperModel(name);
        using Engine engine = model.Load();
        foreach (WhisperCase one in model.Cases)
        {
            JsonElement encoder = one.Json.GetProperty("encoder");
            int width = encoder.GetProperty("shape")[1].GetInt32();
            float[] encoded = await engine.EncodeAloneAsync(model.Features(one.Features), one.Adapter);
            Assert.Equal(encoder.GetProperty("shape")[0].GetInt32() * width, encoded.Length);
            foreach (JsonElement sample in encoder.GetProperty("samples").EnumerateArray())
                Assert.Equal(sample[2].GetDouble(), encoded[(sample[0].GetInt32() * width) + sample[1].GetInt32()], Tolerance);
            Assert.Equal(encoder.GetProperty("mean").GetDouble(), encoded.Average(v => (double)v), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Prompts_have_the_golden_log_probabilities(string name)
    {
        var model = new WhisperModel(name);
        using Engine engine = model.Load();
        foreach (WhisperCase one in model.Cases)
        {
            ScoreResult score = await engine.ScoreAsync(one.Tokens, one.Adapter, model.Features(one.Features), TestContext.Current.CancellationToken);
            float[] expected = one.Floats("logprobs");
            Assert.Equal(expected.Length, score.Logprobs.Count);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], score.Logprobs[i], Tolerance);
            foreach (((int id, float logit), JsonElement top) in score.Top.Zip(one.Json.GetProperty("last_top").EnumerateArray()))
            {
                Assert.Equal(top[0].GetInt32(), id);
                Assert.Equal(top[1].GetDouble(), logit, 1e-3);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Greedy_ids_are_golden_one_after_the_other(string name)
    {
        var model = new WhisperModel(name);
        using Engine engine = model.Load();
        foreach (WhisperCase one in model.Cases)
            await Check(engine, model, one);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Greedy_ids_are_golden_all_at_once(string name)
    {
        var model = new WhisperModel(name);
        using Engine engine = model.Load();
        await Task.WhenAll(model.Cases.Select(one => Check(engine, model, one)));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Probabilities_after_the_start_token_are_golden(string name)
    {
        var model = new WhisperModel(name);
        using Engine engine = model.Load();
        foreach (WhisperCase one in model.Cases)
        {
            (int start, int noSpeech, IReadOnlyList<(string Language, int Id)> languages) = model.SpecialTokens;
            TokenStream stream = engine.Submit(new Request
            {
                PromptTokens = [start],
                Audio = model.Features(one.Features),
                Adapter = one.Adapter,
                MaxNewTokens = 1,
                Probe = new TokenProbe(0, [noSpeech, .. languages.Select(l => l.Id)]),
            });
            await DrainAsync(stream);
            float[] probabilities = stream.ProbedProbabilities!;
            Assert.Equal(one.Json.GetProperty("no_speech_prob").GetDouble(), probabilities[0], Tolerance);
            float ofLanguages = probabilities[1..].Sum();
            foreach (((string language, _), float probability) in languages.Zip(probabilities[1..]))
                Assert.Equal(one.Json.GetProperty("language_probs").GetProperty(language).GetDouble(), probability / ofLanguages, Tolerance);
        }
    }

    [Fact]
    public async Task A_probe_in_the_middle_of_a_chunked_prompt_gives_the_same_as_alone()
    {
        var model = new WhisperModel("whisper-tiny-random");
        WhisperCase one = model.Cases.First(c => c.Tokens.Length > 8);
        int start = Array.LastIndexOf(one.Tokens, model.SpecialTokens.Start);
        var probe = new TokenProbe(start, [0, 5, 300]);
        float[] whole = await ProbeAsync(256), chunked = await ProbeAsync(16);
        for (int i = 0; i < whole.Length; i++)
            Assert.Equal(whole[i], chunked[i], 1e-6);

        async Task<float[]> ProbeAsync(int maxRows)
        {
            using Engine engine = model.Load(o => o with { MaxRows = maxRows });
            TokenStream stream = engine.Submit(new Request { PromptTokens = one.Tokens, Audio = model.Features(one.Features), MaxNewTokens = 2, Probe = probe });
            await DrainAsync(stream);
            return stream.ProbedProbabilities!;
        }
    }

    [Fact]
    public async Task Equal_audio_under_one_adapter_is_encoded_once_and_kept()
    {
        var model = new WhisperModel("whisper-short-random");
        var steps = new List<StepTrace>();
        using Engine engine = model.Load(o => o with { Trace = steps.Add });
        WhisperCase one = model.Cases[0];
        await Task.WhenAll(Check(engine, model, one), Check(engine, model, one));
        await engine.ReadCountersAsync();
        int first = steps.Count;
        await Check(engine, model, one);
        await engine.ReadCountersAsync();
        // The tokens alone: a step for the prompt and one for each further token.
        Assert.Equal(one.Ints("greedy").Length, steps.Count - first);
    }

    [Fact]
    public async Task What_is_wrong_with_the_audio_is_told_before_any_step()
    {
        var model = new WhisperModel("whisper-short-random");
        bool stepped = false;
        using Engine engine = model.Load(o => o with { Trace = _ => stepped = true });
        AudioInput good = model.Features(model.Cases[0].Features);
        void Refused(AudioInput? audio, string part) => Assert.Contains(
            part, Assert.Throws<InvalidRequestException>(() => engine.Submit(new Request { PromptTokens = [257], Audio = audio })).Message, StringComparison.Ordinal);
        Refused(null, "needs a window of 300");
        Refused(new AudioInput(new float[80 * 300], 80, 300), "80 mel bins");
        Refused(new AudioInput(new float[128 * 299], 128, 299), "299 frames");
        Refused(new AudioInput(new float[7], 128, 300), "has 7 numbers");
        float[] spoiled = [.. good.LogMel];
        spoiled[5] = float.NaN;
        Refused(new AudioInput(spoiled, 128, 300), "number 5");
        await engine.ReadCountersAsync();
        Assert.False(stepped);
        using Engine text = GoldenModel.Named("llama-mha").Load();
        Assert.Contains("text alone", Assert.Throws<InvalidRequestException>(() => text.Submit(new Request { PromptTokens = [1], Audio = good })).Message, StringComparison.Ordinal);
        Assert.Contains("no audio", (await Assert.ThrowsAsync<InvalidRequestException>(() => engine.ScoreAsync([257, 258], null, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_that_holds_no_recording_is_refused_with_the_number()
    {
        var model = new WhisperModel("whisper-tiny-random");
        Assert.Contains("1504 for its cross-attention", Assert.Throws<ArgumentException>(() => model.Load(o => o with { KvTokens = 1504 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("whisper-tiny-random", 2)]
    [InlineData("whisper-short-random", 3)]
    public async Task Greedy_ids_are_golden_with_a_cache_for_few_recordings(string name, int recordings)
    {
        var model = new WhisperModel(name);
        int positions = name == "whisper-tiny-random" ? 1504 : 160;
        using Engine engine = model.Load(o => o with { KvTokens = (recordings * positions) + 256, MaxRows = 64 });
        await Task.WhenAll(model.Cases.Select(one => Check(engine, model, one)));
        var left = await engine.ReadOccupancyAsync();
        Assert.Equal((0, 0, left.TotalBlocks, 0, 0), (left.RunningSequences, left.WaitingSequences, left.FreeBlocks, left.AdapterPins, left.QueuedRequests));
    }

    private static async Task DrainAsync(TokenStream stream)
    {
        await foreach (GeneratedToken _ in stream)
        {
        }
    }

    private static async Task Check(Engine engine, WhisperModel model, WhisperCase one)
    {
        int[] greedy = one.Ints("greedy");
        float[] logprobs = one.Floats("greedy_logprobs");
        TokenStream stream = engine.Submit(new Request
        {
            PromptTokens = one.Tokens,
            Audio = model.Features(one.Features),
            Adapter = one.Adapter,
            MaxNewTokens = greedy.Length,
            IgnoreEos = true,
            Logprobs = true,
        });
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream)
            tokens.Add(token);
        Assert.Equal(greedy, tokens.Select(t => t.Id));
        for (int i = 0; i < logprobs.Length; i++)
            Assert.Equal(logprobs[i], tokens[i].Logprob!.Value, Tolerance);
    }
}
