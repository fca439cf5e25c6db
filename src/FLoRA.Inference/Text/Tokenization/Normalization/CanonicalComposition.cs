using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// The normalisation forms of Unicode (UAX 15). string.Normalize does nothing beyond ASCII in a program that runs without ICU
/// (InvariantGlobalization), and says nothing; a tokenizer must give the same ids everywhere.
/// </summary>
internal static class CanonicalComposition
{
    // Hangul, The Unicode Standard 3.12.
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int VowelCount = 21, TailCount = 28, SyllableCount = 19 * VowelCount * TailCount;

    // Below it nothing decomposes to something else, and nothing combines.
    private const char FirstCombining = '\u0300';

    /// <summary>NFC of a text without lone surrogates.</summary>
    public static string Compose(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstCombining - 1)) ? Normalize(text, compatibility: false, compose: true) : text;

    /// <summary>NFC, NFD, NFKC or NFKD of a text without lone surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compatibility">Characters that are others in another shape become those (K).</param>
    /// <param name="compose">C, not D.</param>
    public static string Normalize(string text, bool compatibility, bool compose)
    {
        if (Ascii.IsValid(text))
            return text;
        CanonicalData data = CanonicalData.Instance.Value;
        List<int> points = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (compatibility && CompatibilityData.Instance.Value.TryGetValue(rune.Value, out int[]? parts))
                points.AddRange(parts);
            else
                Decompose(rune.Value, data, points);
        }

        Order(points, data);
        StringBuilder normalized = new(text.Length);
        foreach (int point in compose ? Compose(points, data) : points)
            normalized.Append(new Rune(point).ToString());
        return normalized.ToString();
    }

    private static void Decompose(int point, CanonicalData data, List<int> points)
    {
        int syllable = point - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            points.Add(LeadBase + (syllable / (VowelCount * TailCount)));
            points.Add(VowelBase + (syllable / TailCount % VowelCount));
            if (syllable % TailCount is var tail and > 0)
                points.Add(TailBase + tail);
        }
        else if (data.TryDecompose(point, out (int First, int? Second) parts))
        {
            Decompose(parts.First, data, points);
            if (parts.Second is { } second)
                points.Add(second);
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks between two starters go by their class, equal ones in the order in which they came.
    private static void Order(List<int> points, CanonicalData data)
    {
        for (int start = 0; start < points.Count;)
        {
            int end = start;
            while (end < points.Count && data.ClassOf(points[end]) != 0)
                end++;
            if (end - start > 1)
            {
                int[] marks = [.. points[start..end].OrderBy(data.ClassOf)];
                for (int i = 0; i < marks.Length; i++)
                    points[start + i] = marks[i];
            }
            start = end + 1;
        }
    }

    private static List<int> Compose(List<int> points, CanonicalData data)
    {
        List<int> composed = new(points.Count);
        int starter = -1, last = -1;
        foreach (int point in points)
        {
            int combiningClass = data.ClassOf(point);
            // Blocked from the starter by what stands between them, unless that is of a lower class.
            if (starter >= 0 && last < combiningClass && TryCompose(composed[starter], point, data, out int composite))
            {
                composed[starter] = composite;
                continue;
            }
            if (combiningClass == 0)
                starter = composed.Count;
            last = combiningClass == 0 ? -1 : combiningClass;
            composed.Add(point);
        }
        return composed;
    }

    private static bool TryCompose(int first, int second, CanonicalData data, out int composite)
    {
        if (first - LeadBase is >= 0 and < 19 && second - VowelBase is >= 0 and < VowelCount)
        {
            composite = SyllableBase + ((((first - LeadBase) * VowelCount) + second - VowelBase) * TailCount);
            return true;
        }
        if (first - SyllableBase is >= 0 and < SyllableCount && (first - SyllableBase) % TailCount == 0 && second - TailBase is > 0 and < TailCount)
        {
            composite = first + second - TailBase;
            return true;
        }
        return data.TryCompose(first, second, out composite);
    }
}
