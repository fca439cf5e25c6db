using FLoRA.Inference.Sampling;
using FsCheck;
using FsCheck.Fluent;

namespace FLoRA.Inference.Tests.Sampling;

/// <summary>A batch of rows, each with its own options, for the property tests.</summary>
public sealed class SamplingBatch
{
    internal SamplingBatch(float[][] logits, SampleRow[] rows) => (Logits, Rows) = (logits, rows);

    internal float[][] Logits { get; }

    internal SampleRow[] Rows { get; }

    public override string ToString() => string.Join(Environment.NewLine, Rows.Select(row => row.ToString()));
}

/// <summary>Draws batches: logits on a coarse grid (many equal ones) or a fine one, every filter on or off by itself.</summary>
public static class SamplingBatches
{
    private const int Vocabulary = 37;

    public static Arbitrary<SamplingBatch> Arbitrary() => Batch.ToArbitrary();

    private static Gen<double> Real(double from, double to) => Gen.Choose(0, int.MaxValue - 1).Select(n => from + (to - from) * n / int.MaxValue);

    private static Gen<double> OffOr(double off, double from, double to) => Gen.OneOf(Gen.Constant(off), Real(from, to));

    private static Gen<int[]> Ids(int most) => Gen.Choose(0, most).SelectMany(count => Gen.Choose(0, Vocabulary - 1).ArrayOf(count));

    private static readonly Gen<SamplingOptions> Options =
        from repetition in OffOr(1, 0.5, 2)
        from presence in OffOr(0, -2, 2)
        from frequency in OffOr(0, -2, 2)
        from biased in Ids(3)
        from bias in Real(-8, 8)
        from temperature in Gen.OneOf(Gen.Constant(0.0), Gen.Constant(1.0), Real(0.05, 3))
        from topK in Gen.OneOf(Gen.Constant(0), Gen.Choose(1, Vocabulary + 3))
        from topP in OffOr(1, 0.01, 0.999)
        from minP in OffOr(0, 0.001, 0.999)
        select new SamplingOptions
        {
            RepetitionPenalty = repetition,
            PresencePenalty = presence,
            FrequencyPenalty = frequency,
            LogitBias = biased.Distinct().ToDictionary(id => id, id => bias + id),
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
        };

    private static readonly Gen<(float[] Logits, SampleRow Row)> OneRow =
        from options in Options
        from prompt in Ids(10)
        from generated in Ids(10)
        from seed in Gen.Choose(0, int.MaxValue)
        from index in Gen.Choose(0, 1000)
        from step in Gen.Elements(0.5f, 1e-4f)
        from multiples in Gen.Choose(-12, 12).ArrayOf(Vocabulary)
        from fine in Gen.Choose(-50_000, 50_000).ArrayOf(Vocabulary)
        select (step > 0.1f ? [.. multiples.Select(n => n * step)] : fine.Select(n => n * step).ToArray(),
            SamplerHarness.Row(options, prompt, generated, (ulong)seed, index, logprob: index % 3 == 0));

    private static readonly Gen<SamplingBatch> Batch =
        Gen.Choose(1, 6).SelectMany(count => OneRow.ArrayOf(count))
            .Select(rows => new SamplingBatch([.. rows.Select(row => row.Logits)], [.. rows.Select(row => row.Row)]));
}
