using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Reads the <c>model</c> of tokenizer.json.</summary>
internal static class BpeReader
{
    /// <param name="model">Checked.</param>
    /// <param name="byteLevel">Pieces are merged as bytes.</param>
    /// <exception cref="FormatException">Vocabulary or merges are malformed.</exception>
    public static (ITokenModel Model, Dictionary<string, int> Vocabulary) Read(JsonElement model, bool byteLevel)
    {
        Dictionary<string, int> vocabulary = Vocabulary(model.Required("vocab", JsonValueKind.Object));
        (string, string)[] merges = [.. model.Required("merges", JsonValueKind.Array).EnumerateArray().Select(Merge)];
        bool ignoreMerges = model.Flag("ignore_merges", missing: false), byteFallback = model.Flag("byte_fallback", missing: false);
        if (byteLevel)
            return (byteFallback ? throw new FormatException("byte_fallback together with ByteLevel is not supported") : new ByteLevelBpe(vocabulary, merges, ignoreMerges), vocabulary);
        CharacterBpe characters = new(vocabulary, merges)
        {
            IgnoreMerges = ignoreMerges,
            ByteFallback = byteFallback,
            FuseUnknown = model.Flag("fuse_unk", missing: false),
            Unknown = model.Optional("unk_token") is null ? null : Unknown(model.Text("unk_token"), vocabulary),
        };
        return (characters, vocabulary);
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

        return vocabulary.Count > 0 ? vocabulary : throw new FormatException("the vocabulary is empty");
    }

    /// <summary>What can be told before anything else is read.</summary>
    /// <exception cref="FormatException">The model is none that is supported; says why.</exception>
    public static void Check(JsonElement model)
    {
        if (model.Optional("type") is not null && model.Text("type") is not "BPE" and var type)
            throw new FormatException($"its model is {type}; BPE and Unigram are supported");
        if (model.Optional("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() != 0)
            throw new FormatException($"dropout {dropout} is not supported");
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(name) is not null && model.Text(name).Length > 0)
                throw new FormatException($"{name} '{model.Text(name)}' is not supported");
        }
    }

    private static int Unknown(string name, Dictionary<string, int> vocabulary) =>
        vocabulary.TryGetValue(name, out int id) ? id : throw new FormatException($"the unk_token '{name}' is not in the vocabulary");

    // "a b" in older files, ["a", "b"] in newer ones.
    private static (string Left, string Right) Merge(JsonElement merge, int rank)
    {
        string[] parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : [.. merge.EnumerateArray().Select(part => part.GetString() ?? "")];
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw new FormatException($"merge {rank} is {merge}, expected two tokens");
    }
}
