using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// Chooses the next token of every row by tensor operations: a list of filters, then a pick. Runs on the engine thread, inside its dispose scope
/// and without gradients. Where logits are in host memory, <see cref="HostSampler"/> does the same faster.
/// </summary>
internal sealed class Sampler : ILogitReader
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

    /// <summary>Rows with rules are chosen on the host, whatever the device: the rules look at tokens and logits together.</summary>
    private readonly HostSampler _rules = new(RowLoop.Serial);

    /// <inheritdoc/>
    public LogitReadings Read(Tensor logits, IReadOnlyList<SampleRow> rows, IReadOnlyList<int> logitRows)
    {
        int count = (int)logits.size(0);
        var readings = new LogitReadings(count, rows.Count);

        // One copy from the device: whether each row is finite, ids, log-probabilities side by side as float64, which is exact for ids.
        var parts = new List<Tensor> { logits.sum(1).to(ScalarType.Float64) };
        if (rows.Count > 0)
        {
            Tensor own = rows.Count == count ? logits : logits.index_select(0, tensor(logitRows.Select(r => (long)r).ToArray(), device: logits.device));
            SampledTokens tokens = Sample(own, rows);
            parts.Add(tokens.Ids.to(ScalarType.Float64));
            if (tokens.Logprobs is { } logprobs)
                parts.Add(logprobs.to(ScalarType.Float64));
        }

        Tensor packed = cat(parts, 0).cpu();
        Span<double> numbers = HostMemory.Elements<double>(packed);
        for (int row = 0; row < count; row++)
            readings.Finite[row] = double.IsFinite(numbers[row]);
        for (int i = 0; i < rows.Count; i++)
        {
            readings.Ids[i] = (int)numbers[count + i];
            readings.Logprobs[i] = parts.Count > 2 ? (float)numbers[count + rows.Count + i] : float.NaN;
        }

        return readings;
    }

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

    private void ApplyRules(Tensor logits, IReadOnlyList<SampleRow> rows, long[] ruled, Tensor ids, ref Tensor? logprobs)
    {
        Tensor index = tensor(ruled, device: logits.device);
        LogitReadings readings = _rules.Read(logits.index_select(0, index).cpu(), RowSelection.Pick(rows, ruled), [.. Enumerable.Range(0, ruled.Length)]);
        ids.index_copy_(0, index, tensor(readings.Ids.Select(id => (long)id).ToArray(), device: logits.device));
        logprobs?.index_copy_(0, index, tensor(readings.Logprobs, device: logits.device));
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

    private Tensor Choose(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        long[] filtered = RowSelection.Where(rows, row => row.Options.NeedsFilters);
        if (filtered.Length == rows.Count)
            return Pick(Filter(logits, rows), rows);

        // Most rows are greedy and need no more than this; the others overwrite theirs.
        Tensor ids = logits.argmax(1);
        if (filtered.Length == 0)
            return ids;
        Tensor index = tensor(filtered, device: logits.device);
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
