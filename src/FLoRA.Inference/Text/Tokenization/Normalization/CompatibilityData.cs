using System.Globalization;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>The table of CompatibilityData.txt: characters whose NFKD differs from their NFD, with all of it.</summary>
internal static class CompatibilityData
{
    /// <summary>Read on first use: few tokenizers need it.</summary>
    public static Lazy<Dictionary<int, int[]>> Instance { get; } = new(Read);

    private static Dictionary<int, int[]> Read()
    {
        using Stream stream = typeof(CompatibilityData).Assembly.GetManifestResourceStream(typeof(CompatibilityData), "CompatibilityData.txt")
            ?? throw new InvalidOperationException("CompatibilityData.txt is not in the assembly.");
        using StreamReader lines = new(stream);
        Dictionary<int, int[]> parts = [];
        while (lines.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            int[] points = [.. line.Split(' ').Select(field => int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
            parts[points[0]] = points[1..];
        }

        return parts;
    }
}
