namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Reads the files of GPT-2's and Whisper's slow tokenizers: vocab.json, merges.txt and what names special tokens beside them. They do not say how text is cut, so only the classes that cut it
/// as GPT-2 does are taken.
/// </summary>
internal static class VocabularyFiles
{
    public const string VocabularyName = "vocab.json", MergesName = "merges.txt";

    private const string VersionMark = "#version";

    private static readonly string[] Gpt2Classes = ["GPT2Tokenizer", "GPT2TokenizerFast", "WhisperTokenizer", "WhisperTokenizerFast"], Gpt2Models = ["gpt2", "whisper"];

    /// <exception cref="FormatException">The content is not what is expected; the message names the file.</exception>
    public static TokenizerParts Read(string folder)
    {
        TokenizerConfig config = TokenizerConfig.Read(folder);
        string? model = JsonFields.ReadObject(folder, "config.json")?.Optional("model_type")?.GetString();
        string? type = config.TokenizerClass;
        if (type is null ? model is not null && !Gpt2Models.Contains(model) : !Gpt2Classes.Contains(type))
            throw new FormatException($"{type ?? $"model_type {model}"} does not cut text as GPT-2 does ({string.Join(", ", Gpt2Classes)}); its tokenizer.json is needed");
        Dictionary<string, int> vocabulary = TokenizerFile.Vocabulary(JsonFields.ReadObject(folder, VocabularyName)!.Value);
        (IReadOnlyList<AddedToken> added, config) = NamedTokens.Read(folder, config, vocabulary);
        if (type?.StartsWith("Whisper", StringComparison.Ordinal) ?? model == "whisper")
            added = WhisperTokens.Complete(folder, vocabulary, added);
        return new TokenizerParts
        {
            FileName = VocabularyName,
            Vocabulary = vocabulary,
            Merges = Merges(Path.Combine(folder, MergesName)),
            IgnoreMerges = false,
            AddedTokens = added,
            Composes = false,
            AddPrefixSpace = config.AddPrefixSpace,
            PreTokenizers = [new Gpt2PreTokenizer()],
            PromptStart = PromptStartReader.Read(postProcessor: null, config, added),
            Config = config,
        };
    }

    /// <summary>A pair a line, best first, behind a line with the version.</summary>
    private static List<(string Left, string Right)> Merges(string path)
    {
        List<(string Left, string Right)> merges = [];
        foreach ((int index, string line) in File.ReadLines(path).Index())
        {
            if (line.Length == 0 || (index == 0 && line.StartsWith(VersionMark, StringComparison.Ordinal)))
                continue;
            merges.Add(line.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
                ? (left, right)
                : throw new FormatException($"{MergesName}: line {index + 1} is '{line}', expected two tokens"));
        }

        return merges;
    }
}
