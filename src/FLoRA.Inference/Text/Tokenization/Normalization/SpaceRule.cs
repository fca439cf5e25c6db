namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Where a prefix is put.</summary>
internal enum PrefixScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>Before the text as a whole.</summary>
    First,

    /// <summary>Before each text between added tokens.</summary>
    Always,
}

/// <summary>What ByteLevel (<c>add_prefix_space</c>) and Metaspace do to a text before it is cut.</summary>
/// <param name="Prefix">Put before a text that does not begin with it.</param>
/// <param name="Scheme">Before which texts.</param>
/// <param name="Mark">Stands for spaces; null: they stay.</param>
internal sealed record SpaceRule(char Prefix, PrefixScheme Scheme, char? Mark = null)
{
    /// <summary>White space only parts words: each gets the prefix (WhitespaceSplit before Metaspace).</summary>
    public bool PartsWords { get; init; }

    /// <summary>Changes nothing.</summary>
    public static SpaceRule None { get; } = new(' ', PrefixScheme.Never);

    /// <summary>The changed text.</summary>
    /// <param name="text">Between added tokens.</param>
    /// <param name="place">Where it stands.</param>
    public string Apply(string text, TextPlace place)
    {
        if (PartsWords)
            return string.Concat(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select((word, i) => word[0] == Prefix || (i == 0 && place == TextPlace.Continued) ? word : Prefix + word));
        if (Mark is { } mark)
            text = text.Replace(' ', mark);
        bool prefixed = place != TextPlace.Continued && (Scheme == PrefixScheme.Always || (Scheme == PrefixScheme.First && place == TextPlace.First));
        return prefixed && text.Length > 0 && text[0] != Prefix ? Prefix + text : text;
    }
}
