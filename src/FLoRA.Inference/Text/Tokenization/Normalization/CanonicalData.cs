using System.Globalization;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>The tables of CanonicalData.txt.</summary>
internal sealed class CanonicalData
{
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, (int First, int? Second)> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];

    private CanonicalData(TextReader lines)
    {
        while (lines.ReadLine() is { } line)
            Add(line.Split(' '));
    }

    /// <summary>Read on first use: most tokenizers do not compose.</summary>
    public static Lazy<CanonicalData> Instance { get; } = new(Read);

    /// <summary>Canonical combining class; 0: a starter.</summary>
    public int ClassOf(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>One step of the decomposition.</summary>
    public bool TryDecompose(int codePoint, out (int First, int? Second) parts) => _decompositions.TryGetValue(codePoint, out parts);

    /// <summary>The primary composite of two.</summary>
    public bool TryCompose(int first, int second, out int composite) => _compositions.TryGetValue((first, second), out composite);

    private static CanonicalData Read()
    {
        using Stream stream = typeof(CanonicalData).Assembly.GetManifestResourceStream(typeof(CanonicalData), "CanonicalData.txt")
            ?? throw new InvalidOperationException("CanonicalData.txt is not in the assembly.");
        using StreamReader lines = new(stream);
        return new CanonicalData(lines);
    }

    private void Add(string[] fields)
    {
        if (fields[0] == "#")
            return;
        int first = Code(fields[1]), second = Code(fields[2]);
        int? third = fields.Length > 3 ? Code(fields[3]) : null;
        if (fields[0] == "k")
        {
            for (int codePoint = first; codePoint <= second; codePoint++)
                _classes[codePoint] = byte.Parse(fields[3], CultureInfo.InvariantCulture);
            return;
        }
        _decompositions[first] = (second, third);
        if (fields[0] == "c")
            _compositions[(second, third!.Value)] = first;
    }

    private static int Code(string field) => int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
