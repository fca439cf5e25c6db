using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>
/// One rule that changes logits before the pick. Works on a whole batch with tensor operations and reads nothing back to
/// the host; touches only the rows that ask for it. What a row becomes never depends on the other rows.
/// </summary>
internal abstract class LogitFilter
{
    /// <summary>Applies the rule to the rows that ask for it.</summary>
    /// <param name="logits">float64 [rows, vocabulary]; owned by the sampler, may be changed in place.</param>
    /// <param name="rows">One entry per row of <paramref name="logits"/>.</param>
    /// <returns>float64 [rows, vocabulary].</returns>
    public Tensor Apply(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        int vocabulary = (int)logits.size(1);
        long[] asking = RowSelection.Where(rows, row => IsAskedBy(row.Options, vocabulary));
        if (asking.Length == 0)
            return logits;
        if (asking.Length == rows.Count)
            return Filter(logits, rows);
        Tensor index = tensor(asking, device: logits.device);
        return logits.index_copy_(0, index, Filter(logits.index_select(0, index), RowSelection.Pick(rows, asking)));
    }

    /// <summary>True if the rule does anything under these options.</summary>
    protected abstract bool IsAskedBy(SamplingOptions options, int vocabulary);

    /// <summary>The rule itself; every row given asks for it.</summary>
    protected abstract Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows);

    /// <summary>One number per row as a float64 column [rows, 1] on the device of <paramref name="logits"/>.</summary>
    protected static Tensor Column(Tensor logits, IReadOnlyList<SampleRow> rows, Func<SamplingOptions, double> value)
    {
        double[] values = new double[rows.Count];
        for (int row = 0; row < values.Length; row++)
            values[row] = value(rows[row].Options);
        return tensor(values, rows.Count, 1, device: logits.device);
    }
}
