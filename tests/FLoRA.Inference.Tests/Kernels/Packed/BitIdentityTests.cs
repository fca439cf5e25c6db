using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Tests.Engines;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>With kernels of our own, what a request gets is the same to the last bit whatever stands beside it, on any number of threads, however its prompt is cut, and after a preemption.</summary>
public class BitIdentityTests
{
    private const int Requests = 24, LongestPrompt = 60, NewTokens = 20;

    public static TheoryData<string, string> Models
    {
        get
        {
            var models = new TheoryData<string, string>();
            foreach (string model in (string[])["gptbigcode-mqa", "gptbigcode-mha", "llama-mha", "llama-gqa-rope3", "qwen2", "qwen3", "starcoder2"])
            {
                models.Add(model, "float32");
                models.Add(model, "int8");
            }

            return models;
        }
    }

    [Theory, MemberData(nameof(Models))]
    public async Task A_text_is_continued_the_same(string model, string type)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        using Engine single = TinyEngine.Load(model, o => o with { DType = type, Threads = 1, MaxSequences = 1 });
        Request[] requests = Choose(single);
        var alone = new List<(int, int)[]>();
        foreach (Request request in requests)
            alone.Add(await ReadAsync(single.Submit(request)));

        foreach ((int threads, int rows, int kvTokens) in ((int, int, int)[])[(1, 256, 4096), (2, 256, 4096), (3, 200, 4096), (2, 16, 4096), (1, 23, 4096), (2, 64, 128)])
        {
            var steps = new List<StepTrace>();
            using Engine engine = TinyEngine.Load(model, o => o with { DType = type, Threads = threads, MaxRows = rows, KvTokens = kvTokens, Trace = steps.Add });
            Task<(int, int)[]>[] running;
            using (engine.HoldSteps())
                running = [.. requests.Select(r => ReadAsync(engine.Submit(r)))];
            (int, int)[][] together = await Task.WhenAll(running);
            for (int i = 0; i < requests.Length; i++)
                Assert.True(alone[i].SequenceEqual(together[i]), $"request {i} ({requests[i].Adapter ?? "base"}), {threads} threads, {rows} rows, {kvTokens} cached tokens");
            Assert.Equal(kvTokens < 4096, steps.Any(s => s.Preempted.Count > 0));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public async Task A_text_is_continued_the_same_with_and_without_a_prefix_hit(string model, string type)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        using Engine single = TinyEngine.Load(model, o => o with { DType = type, Threads = 1, MaxSequences = 1, PrefixCache = false });
        Request[] requests = Choose(single);
        var alone = new List<(int, int)[]>();
        for (int i = 0; i < requests.Length; i++)
        {
            alone.Add(await ReadAsync(single.Submit(requests[i])));
            if (i < requests.Length / 2) // the next turn of a chat: prompt, answer and something more
                requests = [.. requests, requests[i] with { PromptTokens = [.. requests[i].PromptTokens, .. alone[i].Select(t => t.Item1), 3, 1, 4] }];
        }

        foreach ((int threads, int rows, int kvTokens, int blockTokens) in ((int, int, int, int)[])[(2, 256, 8192, 4), (1, 23, 8192, 16), (2, 64, 128, 2)])
        {
            using Engine engine = TinyEngine.Load(model, o => o with { DType = type, Threads = threads, MaxRows = rows, KvTokens = kvTokens, BlockTokens = blockTokens });
            for (int round = 0; round < 2; round++)
            {
                TokenStream[] streams;
                using (engine.HoldSteps())
                    streams = [.. requests.Select(engine.Submit)];
                (int, int)[][] together = await Task.WhenAll(streams.Select(ReadAsync));
                for (int i = 0; i < requests.Length; i++)
                    Assert.True(alone[i].SequenceEqual(together[i]), $"request {i} ({requests[i].Adapter ?? "base"}, {streams[i].CachedPromptTokens} of {streams[i].PromptTokens} tokens found), round {round}, {threads} threads, {rows} rows, {kvTokens} cached tokens");
                if (round == 1 && kvTokens == 8192)
                    Assert.All(streams, s => Assert.Equal((s.PromptTokens - 1) / blockTokens * blockTokens, s.CachedPromptTokens));
            }

            Assert.True((await engine.ReadCountersAsync()).PrefixHitTokens > 0);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public async Task A_text_is_scored_the_same(string model, string type)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        using Engine single = TinyEngine.Load(model, o => o with { DType = type, Threads = 1, MaxSequences = 1 }), many = TinyEngine.Load(model, o => o with { DType = type, Threads = 2, MaxRows = 100 });
        Request[] requests = Choose(single);
        ScoreResult[] together = await Task.WhenAll(requests.Select(r => many.ScoreAsync(r.PromptTokens, r.Adapter, TestContext.Current.CancellationToken)));
        for (int i = 0; i < requests.Length; i++)
        {
            ScoreResult alone = await single.ScoreAsync(requests[i].PromptTokens, requests[i].Adapter, TestContext.Current.CancellationToken);
            Assert.Equal(alone.Logprobs, together[i].Logprobs);
            Assert.Equal(alone.Top, together[i].Top);
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("int8")]
    public async Task A_recording_is_encoded_the_same_on_any_number_of_threads(string type)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        float[][]? first = null;
        foreach (int threads in (int[])[1, 2, 3, 4])
        {
            using Engine engine = AudioEngine.Load(o => o with { DType = type, Threads = threads });
            var encoded = new List<float[]>();
            foreach (AudioCase one in await AudioEngine.EveryAdapter)
                encoded.Add(await engine.EncodeAloneAsync(AudioEngine.Ask(one).Audio!, one.Adapter));
            first ??= [.. encoded];
            Assert.Equal(first, encoded);
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("int8")]
    public async Task A_recording_is_written_down_the_same(string type)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        IReadOnlyList<AudioCase> cases = await AudioEngine.EveryAdapter;
        var alone = new List<(int, int)[]>();
        using (Engine single = AudioEngine.Load(o => o with { DType = type, Threads = 1, MaxSequences = 1 }))
        {
            foreach (AudioCase one in cases)
                alone.Add(await ReadAsync(single.Submit(AudioEngine.Ask(one) with { Logprobs = true })));
        }

        foreach ((int threads, int rows, int kvTokens) in ((int, int, int)[])[(1, 256, 8192), (2, 256, 8192), (3, 24, 8192), (2, 64, 640)])
        {
            using Engine engine = AudioEngine.Load(o => o with { DType = type, Threads = threads, MaxRows = rows, KvTokens = kvTokens });
            (int, int)[][] together = await Task.WhenAll(cases.Select(one => ReadAsync(engine.Submit(AudioEngine.Ask(one) with { Logprobs = true }))));
            for (int i = 0; i < cases.Count; i++)
                Assert.True(alone[i].SequenceEqual(together[i]), $"recording {i} ({cases[i].Adapter ?? "base"}), {threads} threads, {rows} rows, {kvTokens} cached tokens");
        }
    }

    private static Request[] Choose(Engine engine)
    {
        string?[] adapters = [null, .. engine.Adapters.Select(a => a.Name).Order(StringComparer.Ordinal)];
        var random = new Random(7);
        return [.. Enumerable.Range(0, Requests).Select(i => TinyEngine.Ask(
            [.. Enumerable.Range(0, random.Next(1, LongestPrompt)).Select(_ => random.Next(engine.Model.VocabularySize))],
            adapters[i % adapters.Length],
            NewTokens) with { Logprobs = true })];
    }

    private static async Task<(int Id, int LogprobBits)[]> ReadAsync(TokenStream stream)
    {
        var tokens = new List<(int, int)>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add((token.Id, BitConverter.SingleToInt32Bits(token.Logprob!.Value)));
        return [.. tokens];
    }
}
