namespace FLoRA.Inference.Speech.Transcription.Output;

/// <summary>
/// How far a transcript is from its reference: substitutions, deletions and insertions. Nothing is normalised: letter case and punctuation count. Rates of a corpus
/// are total edits over total length, so add the counts.
/// </summary>
/// <param name="Edits">Fewest edits that turn one into the other.</param>
/// <param name="Length">Words or characters of the reference.</param>
public readonly record struct ErrorRate(long Edits, long Length)
{
    /// <summary>Edits per word or character; above 1 where much was inserted. An empty reference: 0 without edits, else infinite.</summary>
    public double Value => Edits == 0 ? 0 : Edits / (double)Length;

    /// <summary>Counts of two texts together.</summary>
    public static ErrorRate operator +(ErrorRate left, ErrorRate right) => Add(left, right);

    /// <summary>Counts of two texts together.</summary>
    public static ErrorRate Add(ErrorRate left, ErrorRate right) => new(left.Edits + right.Edits, left.Length + right.Length);

    /// <summary>WER: words are what stands between spaces.</summary>
    public static ErrorRate OfWords(string reference, string hypothesis) => Of(Words(reference), Words(hypothesis));

    /// <summary>CER: characters are Unicode code points, outer spaces do not count.</summary>
    public static ErrorRate OfCharacters(string reference, string hypothesis) => Of(Characters(reference), Characters(hypothesis));

    private static string[] Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static int[] Characters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Trim().EnumerateRunes().Select(rune => rune.Value)];
    }

    /// <summary>Levenshtein's distance, one row at a time.</summary>
    private static ErrorRate Of<T>(T[] reference, T[] hypothesis)
        where T : IEquatable<T>
    {
        int[] row = [.. Enumerable.Range(0, hypothesis.Length + 1)];
        for (int i = 0; i < reference.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < hypothesis.Length; j++)
            {
                int substituted = diagonal + (reference[i].Equals(hypothesis[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(substituted, 1 + Math.Min(diagonal, row[j]));
            }
        }

        return new ErrorRate(row[^1], reference.Length);
    }
}
