using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Reads the <c>pre_tokenizer</c> of tokenizer.json: the stages of a byte-level file, ByteLevel last.</summary>
internal static class PreTokenizerReader
{
    // Generous: the patterns in use match megabytes in it.
    private static readonly TimeSpan PatternLimit = TimeSpan.FromSeconds(10);

    /// <exception cref="FormatException">Names the stage that is not supported.</exception>
    public static (IReadOnlyList<IPreTokenizer> Stages, bool AddPrefixSpace) Read(JsonElement? part)
    {
        JsonElement[] stages = JsonFields.TypeOf(part) == "Sequence" ? [.. part!.Value.Required("pretokenizers", JsonValueKind.Array).EnumerateArray()]
            : part is { } only ? [only] : [];
        if (stages.Length == 0 || JsonFields.TypeOf(stages[^1]) != "ByteLevel")
        {
            throw new FormatException(
                $"its pre-tokenizer is {string.Join(" + ", stages.Select(stage => JsonFields.TypeOf(stage)).DefaultIfEmpty("none"))}; only byte-level BPE is supported, where the last stage is ByteLevel");
        }
        JsonElement byteLevel = stages[^1];
        bool addPrefixSpace = byteLevel.Flag("add_prefix_space", missing: true);
        if (addPrefixSpace && stages.Length > 1)
            throw new FormatException("pre-tokenizer ByteLevel with add_prefix_space behind another stage is not supported");
        List<IPreTokenizer> cuts = [.. stages[..^1].Select(Stage)];
        if (byteLevel.Flag("use_regex", missing: true))
            cuts.Add(new Gpt2PreTokenizer());
        return (cuts, addPrefixSpace);
    }

    private static IPreTokenizer Stage(JsonElement stage) => JsonFields.TypeOf(stage) switch
    {
        "Digits" => new DigitPreTokenizer(stage.Flag("individual_digits", missing: false)),
        "Split" => new PatternPreTokenizer(Pattern(stage.Required("pattern", JsonValueKind.Object)), Behavior(stage.Text("behavior")), stage.Flag("invert", missing: false)),
        var type => throw new FormatException($"pre-tokenizer {type} (before the last stage) is not supported; Digits and Split are"),
    };

    private static CodePointPattern Pattern(JsonElement pattern) =>
        pattern.Optional("Regex") is not null ? new CodePointPattern(pattern.Text("Regex"), isText: false, PatternLimit)
        : pattern.Optional("String") is not null ? new CodePointPattern(pattern.Text("String"), isText: true, PatternLimit)
        : throw new FormatException("pre-tokenizer Split needs a pattern with Regex or String");

    private static SplitBehavior Behavior(string name) =>
        Enum.TryParse(name, out SplitBehavior behavior) && Enum.IsDefined(behavior) && !char.IsAsciiDigit(name[0])
            ? behavior
            : throw new FormatException($"pre-tokenizer Split has the behavior '{name}'; {string.Join(", ", Enum.GetNames<SplitBehavior>())} are known");
}
