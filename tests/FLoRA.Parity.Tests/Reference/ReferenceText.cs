using FLoRA.Inference;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>A text under the slow decoder, and the comparisons with what the engine says of it.</summary>
internal sealed class ReferenceText
{
    private readonly IReadOnlyList<int> _tokens;
    private readonly double[][] _logits;

    private ReferenceText(IReadOnlyList<int> tokens, double[][] logits) => (_tokens, _logits) = (tokens, logits);

    public static ReferenceText Of(ReferenceModel model, ReferenceAdapter? adapter, IReadOnlyList<int> tokens) => new(tokens, model.Logits(tokens, adapter));

    public static ReferenceText Of(ReferenceWhisper model, AudioInput audio, ReferenceAdapter? adapter, IReadOnlyList<int> tokens) =>
        new(tokens, model.Logits(audio, tokens, adapter));

    /// <summary>Log-probability of the token at an index, given those before it.</summary>
    public double Logprob(int index) => _logits[index - 1][_tokens[index]] - ReferenceMath.LogSumExp(_logits[index - 1]);

    /// <summary>Largest distance of log-probabilities of the tokens from <paramref name="first"/> on.</summary>
    public double LogprobError(IReadOnlyList<float> actual, int first = 1) =>
        actual.Select((logprob, i) => Math.Abs(logprob - Logprob(first + i))).DefaultIfEmpty(0).Max();

    public void AssertLogprobs(IReadOnlyList<float> actual, double tolerance, string what, int first = 1)
    {
        Assert.Equal(_tokens.Count - first, actual.Count);
        double error = LogprobError(actual, first);
        Assert.True(error <= tolerance, $"{what}: log-probabilities off by {error:0.0e+0}");
    }

    /// <summary>Best ids and logits after the last token; ids may change places only within the tolerance.</summary>
    public void AssertTop(IReadOnlyList<(int Id, float Logit)> actual, double tolerance, string what)
    {
        double[] last = _logits[^1];
        double[] best = [.. last.OrderDescending().Take(actual.Count)];
        double error = actual.Select((a, i) => Math.Max(Math.Abs(a.Logit - last[a.Id]), Math.Abs(a.Logit - best[i]))).DefaultIfEmpty(0).Max();
        Assert.True(error <= tolerance, $"{what}: best logits off by {error:0.0e+0}");
        Assert.Equal(actual.Count, actual.Select(a => a.Id).Distinct().Count());
    }

    /// <summary>Every token from <paramref name="first"/> on was the best one, or less than the margin from it.</summary>
    public void AssertGreedy(int first, double margin, string what)
    {
        for (int i = first; i < _tokens.Count; i++)
        {
            double missed = _logits[i - 1].Max() - _logits[i - 1][_tokens[i]];
            Assert.True(missed <= margin, $"{what}: token {i - first} is {_tokens[i]}, {missed:0.0e+0} below the best");
        }
    }
}
