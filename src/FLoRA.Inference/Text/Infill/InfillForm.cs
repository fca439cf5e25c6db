namespace FLoRA.Inference.Text;

/// <summary>
/// How a model was taught to fill in the middle (Bavarian et al. 2022): which tokens stand around the text before the gap and the text behind it.
/// </summary>
public sealed class InfillForm
{
    internal const string PrefixPlace = "{prefix}", SuffixPlace = "{suffix}";

    private InfillForm(string name, string text, params string[] ends)
    {
        Name = name;
        int prefix = text.IndexOf(PrefixPlace, StringComparison.Ordinal), suffix = text.IndexOf(SuffixPlace, StringComparison.Ordinal);
        bool suffixFirst = suffix < prefix;
        (int first, int second) = suffixFirst ? (suffix, prefix) : (prefix, suffix);
        string[] parts =
        [
            text[..first],
            suffixFirst ? SuffixPlace : PrefixPlace,
            text[(first + PrefixPlace.Length)..second],
            suffixFirst ? PrefixPlace : SuffixPlace,
            text[(second + PrefixPlace.Length)..],
        ];
        Parts = [.. parts.Where(part => part.Length > 0)];
        Ends = ends;
    }

    /// <summary>The published forms, in the order in which a tokenizer is searched for them.</summary>
    public static IReadOnlyList<InfillForm> Known { get; } =
    [
        new("starcoder", "<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>", "<|endoftext|>", "<fim_pad>", "<file_sep>"),
        new("qwen", "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>", "<|endoftext|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|im_end|>"),
        new("deepseek", "<\uFF5Cfim\u2581begin\uFF5C>{prefix}<\uFF5Cfim\u2581hole\uFF5C>{suffix}<\uFF5Cfim\u2581end\uFF5C>", "<\uFF5Cend\u2581of\u2581sentence\uFF5C>", "<|EOT|>"),
        new("codellama", "\u2581<PRE>{prefix}\u2581<SUF>{suffix}\u2581<MID>", "\u2581<EOT>"),
        new("codestral", "[SUFFIX]{suffix}[PREFIX]{prefix}", "[MIDDLE]"),
        new("santacoder", "<fim-prefix>{prefix}<fim-suffix>{suffix}<fim-middle>", "<|endoftext|>", "<fim-pad>"),
    ];

    /// <summary>One of <see cref="Known"/>, or the text itself.</summary>
    public string Name { get; }

    /// <summary>Names of tokens, and the places of the two texts, in order.</summary>
    internal IReadOnlyList<string> Parts { get; }

    /// <summary>Tokens that end what is filled in, where the tokenizer has them.</summary>
    internal IReadOnlyList<string> Ends { get; }

    /// <summary>Names of tokens that stand around the texts.</summary>
    internal IEnumerable<string> Marks => Parts.Where(part => part is not (PrefixPlace or SuffixPlace));

    /// <summary>A form by its name, or one of one's own.</summary>
    /// <param name="form">A name of <see cref="Known"/>, or a text such as "&lt;pre&gt;{prefix}&lt;suf&gt;{suffix}&lt;mid&gt;".</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static InfillForm Parse(string form)
    {
        ArgumentNullException.ThrowIfNull(form);
        if (Known.FirstOrDefault(known => known.Name == form) is { } named)
            return named;
        int prefixes = form.Split(PrefixPlace).Length - 1, suffixes = form.Split(SuffixPlace).Length - 1;
        return prefixes == 1 && suffixes == 1
            ? new InfillForm(form, form)
            : throw new FormatException($"expected {string.Join(", ", Known.Select(known => known.Name))}, or a text with {PrefixPlace} and {SuffixPlace} once each, got '{form}'");
    }
}
