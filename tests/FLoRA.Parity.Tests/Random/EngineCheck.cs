using FLoRA.Inference;
using FLoRA.Parity.Tests.Reference;

namespace FLoRA.Parity.Tests.Random;

/// <summary>Runs texts through an engine and compares what comes with the slow decoder.</summary>
internal static class EngineCheck
{
    public const double LogprobTolerance = 2e-4;
    public const double LogitTolerance = 1e-3;

    /// <summary>One text after the other.</summary>
    public static async Task AloneAsync(RandomCase random, Engine engine)
    {
        foreach (RandomText text in random.Texts)
            await ScoreAsync(random, engine, text, "alone");
    }

    /// <summary>All texts scored and continued at the same time.</summary>
    public static Task TogetherAsync(RandomCase random, Engine engine, string what) =>
        Task.WhenAll(random.Texts.SelectMany(text => new[] { ScoreAsync(random, engine, text, what), ContinueAsync(random, engine, text, what) }));

    public static async Task ScoreAsync(RandomCase random, Engine engine, RandomText text, string what)
    {
        ScoreResult result = await engine.ScoreAsync(text.Tokens, text.Adapter, TestContext.Current.CancellationToken);
        ReferenceText reference = random.Reference(text.Adapter, text.Tokens);
        reference.AssertLogprobs(result.Logprobs, LogprobTolerance, Name(text, what));
        reference.AssertTop(result.Top, LogitTolerance, Name(text, what));
        Assert.Equal(Math.Min(8, random.Model.Vocabulary), result.Top.Count);
    }

    public static async Task ContinueAsync(RandomCase random, Engine engine, RandomText text, string what)
    {
        TokenStream stream = engine.Submit(new Request { PromptTokens = text.Tokens, Adapter = text.Adapter, MaxNewTokens = text.NewTokens, IgnoreEos = true, Logprobs = true });
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        Assert.Equal(text.NewTokens, tokens.Count);
        ReferenceText reference = random.Reference(text.Adapter, [.. text.Tokens, .. tokens.Select(t => t.Id)]);
        reference.AssertLogprobs([.. tokens.Select(t => t.Logprob!.Value)], LogprobTolerance, Name(text, what), text.Tokens.Length);
        reference.AssertGreedy(text.Tokens.Length, LogitTolerance, Name(text, what));
    }

    private static string Name(RandomText text, string what) => $"{text.Adapter ?? "base"}, {text.Tokens.Length} tokens, {what}";
}
