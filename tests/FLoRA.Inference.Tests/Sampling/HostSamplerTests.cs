using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Tests.Sampling;

/// <summary>The form for host memory against the tensor form (the harness compares them) where vocabularies are large.</summary>
public sealed class HostSamplerTests
{
    private static readonly SamplingOptions[] Options =
    [
        new() { Temperature = 1 },
        new() { Temperature = 0.8, TopP = 0.95 },
        new() { Temperature = 0.05, TopP = 0.999 },
        new() { Temperature = 1e-6, TopP = 0.5 },
        new() { Temperature = 1e6, TopP = 0.3 },
        new() { Temperature = 1, TopP = 0.9999999 },
        new() { Temperature = 1, TopK = 1 },
        new() { Temperature = 1.3, TopK = 40, TopP = 0.9, MinP = 0.02 },
        new() { Temperature = 0.7, TopK = 1000 },
        new() { Temperature = 0.7, TopK = 2500, TopP = 0.8 },
        new() { Temperature = 2, MinP = 0.1, RepetitionPenalty = 1.3, PresencePenalty = 0.4, FrequencyPenalty = -0.2, LogitBias = new Dictionary<int, double> { [3] = 5, [7] = -1000 } },
        new() { RepetitionPenalty = 2, LogitBias = new Dictionary<int, double> { [0] = -1e300 } },
    ];

    [Theory]
    [InlineData(1, 0f)]
    [InlineData(3, 0f)]
    [InlineData(255, 0f)]
    [InlineData(1536, 0f)]
    [InlineData(4099, 0f)]
    [InlineData(49152, 0f)]
    [InlineData(1536, 0.5f)] // a coarse grid: many equal logits
    [InlineData(4099, 6f)]
    public void PicksWhatTheTensorFormPicks(int vocabulary, float grid)
    {
        float[][] logits = SamplerHarness.RandomLogits(Options.Length, vocabulary, seed: vocabulary);
        if (grid > 0)
            logits = [.. logits.Select(row => row.Select(logit => MathF.Round(logit / grid) * grid).ToArray())];
        int[] tokens = [.. Enumerable.Range(0, 50).Select(i => i * i % vocabulary)];
        SamplingOptions[] options = [.. Options.Select(o => o with { LogitBias = o.LogitBias.Where(b => b.Key < vocabulary).ToDictionary() })];
        for (int index = 0; index < (vocabulary > 10_000 ? 3 : 20); index++)
        {
            SampleRow[] rows = [.. options.Select(o => SamplerHarness.Row(o, tokens, tokens[10..30], seed: 5, index))];
            (long[] ids, _) = SamplerHarness.Sample(logits, rows);
            Assert.All(ids, id => Assert.InRange(id, 0, vocabulary - 1));
        }
    }

    [Fact]
    public void EqualLogitsStayByTheirIds()
    {
        float[] equal = new float[2000];
        SampleRow[] rows =
        [
            .. Enumerable.Range(0, 40).Select(i => SamplerHarness.Row(new SamplingOptions { Temperature = 1, TopP = 0.25 }, seed: 1, index: i)),
            .. Enumerable.Range(0, 40).Select(i => SamplerHarness.Row(new SamplingOptions { Temperature = 1, TopK = 500 }, seed: 1, index: i)),
        ];
        (long[] ids, _) = SamplerHarness.Sample([.. rows.Select(_ => equal)], rows);
        Assert.All(ids, id => Assert.InRange(id, 0, 500));
        Assert.Contains(ids, id => id > 400);
    }

    [Fact]
    public void LogitsThatAreNotFiniteStillGiveAnId()
    {
        float[][] logits = [[float.NaN, 1, 2], [float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], [float.PositiveInfinity, 0, 0]];
        foreach (SamplingOptions options in Options)
        {
            SamplingOptions fitting = options with { LogitBias = new Dictionary<int, double> { [1] = 1 } };
            long[] ids = SamplerHarness.SampleOnHost(logits, [.. logits.Select(_ => SamplerHarness.Row(fitting))]);
            Assert.All(ids, id => Assert.InRange(id, 0, 2));
        }
    }
}
