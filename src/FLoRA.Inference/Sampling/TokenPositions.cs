namespace FLoRA.Inference.Sampling;

/// <summary>Where the tokens of a batch lie in the flattened logits [rows x vocabulary].</summary>
internal static class TokenPositions
{
    /// <summary>row x vocabulary + id for every id of <paramref name="tokens"/>, row by row, repeated ids included.</summary>
    public static long[] Flatten(IReadOnlyList<SampleRow> rows, int vocabulary, params ReadOnlySpan<Func<SampleRow, IReadOnlyList<int>>> tokens)
    {
        int count = 0;
        foreach (SampleRow row in rows)
        {
            foreach (Func<SampleRow, IReadOnlyList<int>> list in tokens)
                count += list(row).Count;
        }

        long[] positions = new long[count];
        int next = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            long start = (long)row * vocabulary;
            foreach (Func<SampleRow, IReadOnlyList<int>> list in tokens)
            {
                IReadOnlyList<int> ids = list(rows[row]);
                for (int i = 0; i < ids.Count; i++)
                    positions[next++] = start + ids[i];
            }
        }

        return positions;
    }
}
