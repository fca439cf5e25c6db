namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>Each number becomes the median of its neighbourhood; the ends are mirrored.</summary>
internal static class MedianFilter
{
    private const int Reach = 3, Width = (2 * Reach) + 1;

    /// <summary>Filters a row in place; one too short to be mirrored stays as it is.</summary>
    public static void Apply(Span<float> row)
    {
        if (row.Length <= Reach)
            return;
        float[] original = row.ToArray();
        Span<float> window = stackalloc float[Width];
        for (int i = 0; i < row.Length; i++)
        {
            for (int k = 0; k < Width; k++)
                window[k] = original[Mirrored(i + k - Reach, row.Length)];
            window.Sort();
            row[i] = window[Reach];
        }
    }

    private static int Mirrored(int index, int length) => index < 0 ? -index : index >= length ? (2 * (length - 1)) - index : index;
}
