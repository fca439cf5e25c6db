using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Reads tokenizer.json (Hugging Face tokenizers, version 1.0), where a folder lacks that vocab.json and merges.txt. What it asks for and is not done is refused by name.</summary>
internal static class TokenizerFile
{
    private const string FileName = "tokenizer.json", SentencePieceName = "tokenizer.model";

    /// <exception cref="ModelLoadException">The folder has no tokenizer that is supported.</exception>
    public static TokenizerParts Read(string folder)
    {
        string path = Path.Combine(folder, FileName), vocabulary = VocabularyFiles.VocabularyName;
        bool whole = File.Exists(path), hasVocabulary = File.Exists(Path.Combine(folder, vocabulary)), hasMerges = File.Exists(Path.Combine(folder, VocabularyFiles.MergesName));
        if (!whole && !(hasVocabulary && hasMerges))
        {
            throw new ModelLoadException(folder, File.Exists(Path.Combine(folder, SentencePieceName))
                ? $"its tokenizer is a bare SentencePiece {SentencePieceName}, which is not supported yet; a byte-level {FileName} is needed"
                : $"it has no {FileName}, and {(hasVocabulary ? $"{vocabulary} but no {VocabularyFiles.MergesName}" : hasMerges ? $"{VocabularyFiles.MergesName} but no {vocabulary}" : $"no {vocabulary} with {VocabularyFiles.MergesName}")}");
        }
        try
        {
            if (!whole)
                return VocabularyFiles.Read(folder);
            TokenizerConfig config = TokenizerConfig.Read(folder);
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement, config);
        }
        catch (Exception e) when (e is FormatException or JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ModelLoadException(folder, $"{(whole ? FileName : vocabulary)}: {e.Message}", e);
        }
    }

    private static TokenizerParts Read(JsonElement root, TokenizerConfig config)
    {
        JsonElement model = root.Required("model", JsonValueKind.Object);
        CheckModel(model);
        CheckDecoder(root.Optional("decoder"));
        (IReadOnlyList<IPreTokenizer> stages, bool addPrefixSpace) = PreTokenizerReader.Read(root.Optional("pre_tokenizer"));
        IReadOnlyList<AddedToken> added = AddedTokenReader.Merge(root, config.AddedTokens);
        return new TokenizerParts
        {
            FileName = FileName,
            Vocabulary = Vocabulary(model.Required("vocab", JsonValueKind.Object)),
            Merges = [.. model.Required("merges", JsonValueKind.Array).EnumerateArray().Select(Merge)],
            IgnoreMerges = model.Flag("ignore_merges", missing: false),
            AddedTokens = added,
            Composes = Composes(root.Optional("normalizer")),
            AddPrefixSpace = addPrefixSpace,
            PreTokenizers = stages,
            PromptStart = PromptStartReader.Read(root.Optional("post_processor"), config, added),
            Config = config,
        };
    }

    private static void CheckModel(JsonElement model)
    {
        if (model.Optional("type") is not null && model.Text("type") is not "BPE" and var type)
            throw new FormatException($"its model is {type}; only BPE is supported");
        if (model.Flag("byte_fallback", missing: false))
            throw new FormatException("byte_fallback is not supported; only byte-level BPE is");
        if (model.Optional("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() != 0)
            throw new FormatException($"dropout {dropout} is not supported");
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(name) is not null && model.Text(name).Length > 0)
                throw new FormatException($"{name} '{model.Text(name)}' is not supported");
        }
    }

    private static void CheckDecoder(JsonElement? decoder)
    {
        JsonElement[] parts = JsonFields.TypeOf(decoder) == "Sequence" ? [.. decoder!.Value.Required("decoders", JsonValueKind.Array).EnumerateArray()]
            : decoder is { } only ? [only] : [];
        if (parts.Length != 1 || JsonFields.TypeOf(parts[0]) != "ByteLevel")
            throw new FormatException($"its decoder is {string.Join(" + ", parts.Select(part => JsonFields.TypeOf(part)).DefaultIfEmpty("none"))}; only ByteLevel is supported");
    }

    private static bool Composes(JsonElement? normalizer)
    {
        JsonElement[] parts = JsonFields.TypeOf(normalizer) == "Sequence" ? [.. normalizer!.Value.Required("normalizers", JsonValueKind.Array).EnumerateArray()]
            : normalizer is { } only ? [only] : [];
        foreach (JsonElement part in parts)
        {
            if (JsonFields.TypeOf(part) != "NFC")
                throw new FormatException($"normalizer {JsonFields.TypeOf(part)} is not supported; only NFC is");
        }
        return parts.Length > 0;
    }

    /// <summary>Tokens and ids of an object, each once.</summary>
    public static Dictionary<string, int> Vocabulary(JsonElement tokens)
    {
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        HashSet<int> ids = [];
        foreach (JsonProperty token in tokens.EnumerateObject())
        {
            int id = token.Value.Id($"the token '{token.Name}'");
            if (!vocabulary.TryAdd(token.Name, id) || !ids.Add(id))
                throw new FormatException($"the vocabulary has the token '{token.Name}' or its id {id} twice");
        }
        return vocabulary;
    }

    // "a b" in older files, ["a", "b"] in newer ones.
    private static (string Left, string Right) Merge(JsonElement merge, int rank)
    {
        string[] parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : [.. merge.EnumerateArray().Select(part => part.GetString() ?? "")];
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw new FormatException($"merge {rank} is {merge}, expected two tokens");
    }
}
