using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Reads the files of GPT-2's and Whisper's slow tokenizers: vocab.json, merges.txt and what names special tokens beside them. They do not say how text is cut, so only the classes that cut it
/// as GPT-2 does are taken.
/// </summary>
internal static class VocabularyFiles
{
    public const string VocabularyName = "vocab.json", MergesName = "merges.txt";

    private const string VersionMark = "#version";

    // GPT-2's and Whisper's beginning, end and everything else, where no file names another.
    private const string End = "<|endoftext|>";

    private static readonly string[] Gpt2Classes = ["GPT2Tokenizer", "GPT2TokenizerFast", "WhisperTokenizer", "WhisperTokenizerFast"], Gpt2Models = ["gpt2", "whisper"];

    /// <exception cref="FormatException">The content is not what is expected; the message names the file.</exception>
    public static TokenizerParts Read(string folder)
    {
        TokenizerConfig config = TokenizerConfig.Read(folder);
        string? model = JsonFields.ReadObject(folder, "config.json")?.Optional("model_type")?.GetString();
        string? type = config.TokenizerClass;
        if (type is null ? model is not null && !Gpt2Models.Contains(model) : !Gpt2Classes.Contains(type))
            throw new FormatException($"{type ?? $"model_type {model}"} does not cut text as GPT-2 does ({string.Join(", ", Gpt2Classes)}); its tokenizer.json is needed");
        Dictionary<string, int> vocabulary = BpeReader.Vocabulary(JsonFields.ReadObject(folder, VocabularyName)!.Value);
        (IReadOnlyList<AddedToken> added, config) = NamedTokens.Read(folder, config, vocabulary, End, End);
        if (type?.StartsWith("Whisper", StringComparison.Ordinal) ?? model == "whisper")
            added = WhisperTokens.Complete(folder, vocabulary, added);
        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            Model = new ByteLevelBpe(vocabulary, Merges(Path.Combine(folder, MergesName)), ignoreMerges: false),
            Table = new TokenTable([.. vocabulary.Select(token => (token.Value, ByteAlphabet.BytesOf(token.Key))), .. added.Select(token => (token.Id, Encoding.UTF8.GetBytes(token.Content)))]),
            AddedTokens = added,
            Pieces = new PreTokenization(config.AddPrefixSpace == true ? new SpaceRule(' ', PrefixScheme.Always) : SpaceRule.None, [new Gpt2PreTokenizer()], IsByteLevel: true),
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
