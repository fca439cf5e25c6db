namespace FLoRA.Inference.Sampling;

/// <summary>Picks the rows of a batch that a rule is for.</summary>
internal static class RowSelection
{
    /// <summary>Indices of the rows for which <paramref name="condition"/> holds, ascending.</summary>
    public static long[] Where(IReadOnlyList<SampleRow> rows, Func<SampleRow, bool> condition)
    {
        List<long> indices = [];
        for (int row = 0; row < rows.Count; row++)
        {
            if (condition(rows[row]))
                indices.Add(row);
        }

        return [.. indices];
    }

    /// <summary>The rows at <paramref name="indices"/>.</summary>
    public static IReadOnlyList<SampleRow> Pick(IReadOnlyList<SampleRow> rows, long[] indices) =>
        Array.ConvertAll(indices, row => rows[(int)row]);
}
