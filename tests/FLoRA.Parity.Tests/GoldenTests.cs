using FLoRA.Inference;

namespace FLoRA.Parity.Tests;

/// <summary>The engine against numbers of independent reference code (transformers and peft), in float32.</summary>
public class GoldenTests
{
    private const double Tolerance = 2e-4;

    public static TheoryData<string> Models => new("gptbigcode-mqa", "gptbigcode-mha", "llama-mha", "llama-gqa-rope3", "starcoder2", "qwen2", "qwen3", "tinycoder");

    [Theory, MemberData(nameof(Models))]
    public async Task Scores_equal_the_reference(string model)
    {
        GoldenModel golden = GoldenModel.Named(model);
        using Engine engine = golden.Load();
        GoldenCase[] cases = [.. golden.Cases];
        ScoreResult[] results = await Task.WhenAll(cases.Select(c => engine.ScoreAsync(c.Tokens, c.Adapter, TestContext.Current.CancellationToken)));
        foreach ((GoldenCase c, ScoreResult result) in cases.Zip(results))
        {
            AssertClose(c.Logprobs, result.Logprobs, Tolerance, $"{c.Name} logprobs");
            if (c.LastTop.Length == 0)
                continue;
            Assert.Equal(c.LastTop.Select(t => t.Id), result.Top.Select(t => t.Id));
            AssertClose([.. c.LastTop.Select(t => t.Logit)], [.. result.Top.Select(t => t.Logit)], 5 * Tolerance, $"{c.Name} top");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Greedy_tokens_equal_the_reference_alone(string model)
    {
        GoldenModel golden = GoldenModel.Named(model);
        using Engine engine = golden.Load();
        foreach (GoldenCase c in golden.Cases)
            await CheckGreedy(engine, c);
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Greedy_tokens_equal_the_reference_all_at_once(string model)
    {
        GoldenModel golden = GoldenModel.Named(model);
        using Engine engine = golden.Load();
        await Task.WhenAll(golden.Cases.Select(c => CheckGreedy(engine, c)));
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Mixed_adapters_give_in_one_batch_what_each_gives_alone(string model)
    {
        GoldenModel golden = GoldenModel.Named(model);
        var steps = new List<StepTrace>();
        using Engine engine = golden.Load(o => o with { Trace = steps.Add });
        var mixed = golden.Mixed;
        await CheckMixed(engine, mixed);
        Assert.Contains(steps, s => s.Sequences.Count > mixed.Count / 2);
        Assert.True(steps.Count < mixed.Sum(m => m.Expected.Length) / 4, $"{steps.Count} steps: not one batch");
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Mixed_adapters_survive_small_budgets(string model)
    {
        GoldenModel golden = GoldenModel.Named(model);
        var steps = new List<StepTrace>();
        using Engine engine = golden.Load(o => o with { Trace = steps.Add, KvTokens = 128, MaxRows = 16, MaxSequences = 4 });
        await CheckMixed(engine, golden.Mixed);
        Assert.All(steps, s => Assert.True(s.Rows <= 16 && s.Sequences.Count <= 4, s.ToString()));
        Assert.Contains(steps, s => s.Preempted.Count > 0);
        Assert.Equal(128 / 16, steps[^1].FreeBlocks);
    }

    private static async Task CheckMixed(Engine engine, IReadOnlyList<(string? Adapter, int[] Tokens, int[] Expected)> mixed)
    {
        TokenStream[] streams;
        using (engine.HoldSteps())
            streams = [.. mixed.Select(m => engine.Submit(new Request { PromptTokens = m.Tokens, Adapter = m.Adapter, MaxNewTokens = m.Expected.Length, IgnoreEos = true }))];
        for (int i = 0; i < streams.Length; i++)
        {
            Assert.Equal(mixed[i].Expected, (await Read(streams[i])).Select(t => t.Id));
            Assert.Equal(FinishReason.Length, streams[i].FinishReason);
        }
    }

    private static async Task CheckGreedy(Engine engine, GoldenCase c)
    {
        List<GeneratedToken> tokens = await Read(engine.Submit(new Request { PromptTokens = c.Tokens, Adapter = c.Adapter, MaxNewTokens = c.Greedy.Length, IgnoreEos = true, Logprobs = true }));
        Assert.Equal(c.Greedy, tokens.Select(t => t.Id));
        AssertClose(c.GreedyLogprobs, [.. tokens.Select(t => t.Logprob!.Value)], Tolerance, $"{c.Name} greedy logprobs");
    }

    private static async Task<List<GeneratedToken>> Read(TokenStream stream)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        return tokens;
    }

    private static void AssertClose(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        double worst = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).DefaultIfEmpty(0).Max();
        Assert.True(worst <= tolerance, $"{what}: off by {worst:0.0e+0}");
    }
}
