using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>How text is cut into pieces.</summary>
/// <param name="Spaces">What is done to a text before the cut.</param>
/// <param name="Stages">The cuts, one after the other; none: a text is one piece.</param>
/// <param name="IsByteLevel">Pieces are merged as bytes.</param>
internal sealed record PreTokenization(SpaceRule Spaces, IReadOnlyList<IPreTokenizer> Stages, bool IsByteLevel);

/// <summary>Reads the <c>pre_tokenizer</c> of tokenizer.json. ByteLevel is the last stage, Metaspace the first one, and not both.</summary>
internal static class PreTokenizerReader
{
    /// <exception cref="FormatException">Names the stage that is not supported.</exception>
    public static PreTokenization Read(JsonElement? part)
    {
        JsonElement[] stages = JsonFields.Parts(part, "pretokenizers");
        if (stages is [.., var last] && JsonFields.TypeOf(last) == "ByteLevel")
            return ByteLevel(last, stages[..^1]);
        bool partsWords = stages is [var split, var second, ..] && JsonFields.TypeOf(split) == "WhitespaceSplit" && JsonFields.TypeOf(second) == "Metaspace";
        if (partsWords)
            stages = stages[1..];
        if (stages is not [var first, ..] || JsonFields.TypeOf(first) != "Metaspace")
            return new PreTokenization(SpaceRule.None, [.. stages.Select(Stage)], IsByteLevel: false);
        if (partsWords && Scheme(first) != PrefixScheme.Always)
            throw new FormatException("pre-tokenizer WhitespaceSplit is supported before a Metaspace that always prepends");
        char mark = Mark(first);
        PatternPreTokenizer[] cut = first.Flag("split", missing: true) ? [new(PatternReader.Pattern(mark.ToString(), isText: true), SplitBehavior.MergedWithNext, invert: false)] : [];
        return new PreTokenization(new SpaceRule(mark, Scheme(first), mark) { PartsWords = partsWords }, [.. cut, .. stages[1..].Select(Stage)], IsByteLevel: false);
    }

    /// <summary>Before which texts Metaspace puts its mark.</summary>
    public static PrefixScheme Scheme(JsonElement metaspace)
    {
        string scheme = metaspace.Optional("prepend_scheme") is null ? (metaspace.Flag("add_prefix_space", missing: true) ? "always" : "never") : metaspace.Text("prepend_scheme");
        return scheme switch
        {
            "always" => PrefixScheme.Always,
            "first" => PrefixScheme.First,
            "never" => PrefixScheme.Never,
            _ => throw new FormatException($"Metaspace has the prepend_scheme '{scheme}'; always, first and never are known"),
        };
    }

    /// <summary>What Metaspace writes for a space.</summary>
    public static char Mark(JsonElement metaspace) => metaspace.Text("replacement") is [var mark] && !char.IsSurrogate(mark)
        ? mark
        : throw new FormatException($"Metaspace has the replacement '{metaspace.Text("replacement")}', expected one character");

    private static PreTokenization ByteLevel(JsonElement byteLevel, JsonElement[] before)
    {
        bool addPrefixSpace = byteLevel.Flag("add_prefix_space", missing: true);
        if (addPrefixSpace && before.Length > 0)
            throw new FormatException("pre-tokenizer ByteLevel with add_prefix_space behind another stage is not supported");
        List<IPreTokenizer> cuts = [.. before.Select(Stage)];
        if (byteLevel.Flag("use_regex", missing: true))
            cuts.Add(new Gpt2PreTokenizer());
        return new PreTokenization(addPrefixSpace ? new SpaceRule(' ', PrefixScheme.Always) : SpaceRule.None, cuts, IsByteLevel: true);
    }

    private static IPreTokenizer Stage(JsonElement stage) => JsonFields.TypeOf(stage) switch
    {
        "Digits" => new DigitPreTokenizer(stage.Flag("individual_digits", missing: false)),
        "Split" => new PatternPreTokenizer(PatternReader.Read(stage, "pre-tokenizer Split"), Behavior(stage.Text("behavior")), stage.Flag("invert", missing: false)),
        var type => throw new FormatException($"pre-tokenizer {type} is not supported here; Digits and Split are, ByteLevel as the last stage, Metaspace as the first, or behind WhitespaceSplit"),
    };

    private static SplitBehavior Behavior(string name) =>
        Enum.TryParse(name, out SplitBehavior behavior) && Enum.IsDefined(behavior) && !char.IsAsciiDigit(name[0])
            ? behavior
            : throw new FormatException($"pre-tokenizer Split has the behavior '{name}'; {string.Join(", ", Enum.GetNames<SplitBehavior>())} are known");
}
