using FLoRA.Inference.Kernels.Cpu.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// Chooses the next token of every row: a list of filters, then a pick. Runs on the engine thread, inside its dispose scope
/// and without gradients; reads nothing back to the host.
/// </summary>
/// <param name="host">Does the same where the logits are in host memory, faster; null: tensor operations everywhere.</param>
internal sealed class Sampler(HostSampler? host = null)
{
    /// <summary>In the order of <see cref="SamplingOptions"/>.</summary>
    private readonly LogitFilter[] _filters =
    [
        new RepetitionPenaltyFilter(),
        new OccurrencePenaltyFilter(),
        new LogitBiasFilter(),
        new TemperatureFilter(),
        new TopKFilter(),
        new TopPFilter(),
        new MinPFilter(),
    ];

    private readonly HostSampler _rules = host ?? new HostSampler(null);

    /// <summary>Chooses one token per row.</summary>
    /// <param name="logits">Raw logits, float32 [rows, vocabulary]; not changed.</param>
    /// <param name="rows">One entry per row.</param>
    public SampledTokens Sample(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        if (logits.size(0) != rows.Count)
            throw new ArgumentException($"Expected {rows.Count} rows of logits, got {logits.size(0)}.", nameof(logits));

        long[] ruled = RowSelection.Where(rows, row => row.HasRules);
        Tensor ids = ruled.Length == rows.Count ? empty(rows.Count, int64, logits.device) : Choose(logits, rows);
        Tensor? logprobs = RawLogprobs(logits, ids, rows);
        if (ruled.Length > 0)
            ApplyRules(logits, rows, ruled, ids, ref logprobs);
        return new SampledTokens(ids, logprobs);
    }

    /// <summary>Rows with rules are chosen on the host, whatever the device: the rules look at tokens and logits together.</summary>
    private void ApplyRules(Tensor logits, IReadOnlyList<SampleRow> rows, long[] ruled, Tensor ids, ref Tensor? logprobs)
    {
        Tensor index = tensor(ruled, device: logits.device);
        Tensor own = logits.index_select(0, index).cpu();
        IReadOnlyList<SampleRow> ownRows = RowSelection.Pick(rows, ruled);
        var ownLogprobs = new float[ruled.Length];
        long[] chosen = _rules.Choose(own, ownRows, [.. Enumerable.Range(0, ruled.Length).Select(i => (long)i)], ownLogprobs);
        ids.index_copy_(0, index, tensor(chosen, device: logits.device));
        logprobs?.index_copy_(0, index, tensor(ownLogprobs, device: logits.device));
    }

    /// <summary>The logits that are left when all filters have run; what the pick sees.</summary>
    /// <param name="logits">float32 [rows, vocabulary]; not changed.</param>
    /// <param name="rows">One entry per row.</param>
    /// <returns>float64 [rows, vocabulary]; minus infinity: no candidate.</returns>
    internal Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        // float64: cumulative sums over a large vocabulary stay exact enough for ids at the border of top-p.
        Tensor remaining = logits.to(float64, copy: true);
        foreach (LogitFilter filter in _filters)
            remaining = filter.Apply(remaining, rows);
        return remaining;
    }

    private static bool NeedsFilters(SamplingOptions options) =>
        !options.IsGreedy || options.RepetitionPenalty != 1 || options.PresencePenalty != 0
        || options.FrequencyPenalty != 0 || options.LogitBias.Count > 0;

    private Tensor Choose(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        long[] filtered = RowSelection.Where(rows, row => NeedsFilters(row.Options));
        if (filtered.Length == rows.Count)
            return host is null ? Pick(Filter(logits, rows), rows) : tensor(host.Choose(logits, rows, filtered));

        // Most rows are greedy and need no more than this; the others overwrite theirs.
        Tensor ids = logits.argmax(1);
        if (filtered.Length == 0)
            return ids;
        Tensor index = tensor(filtered, device: logits.device);
        if (host is not null)
            return ids.index_copy_(0, index, tensor(host.Choose(logits, rows, filtered)));
        IReadOnlyList<SampleRow> filteredRows = RowSelection.Pick(rows, filtered);
        return ids.index_copy_(0, index, Pick(Filter(logits.index_select(0, index), filteredRows), filteredRows));
    }

    private static Tensor Pick(Tensor remaining, IReadOnlyList<SampleRow> rows)
    {
        long[] random = RowSelection.Where(rows, row => !row.Options.IsGreedy);
        if (random.Length == rows.Count)
            return InverseCdfPick.Pick(remaining, Uniforms(rows, remaining.device));
        Tensor ids = remaining.argmax(1);
        if (random.Length == 0)
            return ids;
        Tensor index = tensor(random, device: remaining.device);
        Tensor uniforms = Uniforms(RowSelection.Pick(rows, random), remaining.device);
        return ids.index_copy_(0, index, InverseCdfPick.Pick(remaining.index_select(0, index), uniforms));
    }

    /// <summary>The rows' own random numbers, made on the host, float64 [rows, 1].</summary>
    private static Tensor Uniforms(IReadOnlyList<SampleRow> rows, Device device)
    {
        double[] uniforms = new double[rows.Count];
        for (int row = 0; row < uniforms.Length; row++)
            uniforms[row] = Philox.Uniform(rows[row].Seed, (ulong)rows[row].OutputIndex);
        return tensor(uniforms, uniforms.Length, 1, device: device);
    }

    private static Tensor? RawLogprobs(Tensor logits, Tensor ids, IReadOnlyList<SampleRow> rows)
    {
        long[] asking = RowSelection.Where(rows, row => row.Logprob);
        if (asking.Length == 0)
            return null;
        if (rows.All(row => row.HasRules))
            return full(rows.Count, float.NaN, float32, logits.device);
        if (asking.Length == rows.Count)
            return ChosenLogprobs(logits, ids);
        Tensor index = tensor(asking, device: logits.device);
        Tensor chosen = ChosenLogprobs(logits.index_select(0, index), ids.index_select(0, index));
        return full(rows.Count, float.NaN, float32, logits.device).index_copy_(0, index, chosen);
    }

    private static Tensor ChosenLogprobs(Tensor logits, Tensor ids) =>
        logits.log_softmax(1).gather(1, ids.unsqueeze(1)).squeeze(1);
}
