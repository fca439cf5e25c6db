using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Reads the added tokens of tokenizer.json and tokenizer_config.json.</summary>
internal static class AddedTokenReader
{
    // Real ones have some dozens.
    private const int LongestContent = 1024;

    /// <summary>One token, with its flags.</summary>
    /// <param name="token">The entry.</param>
    /// <param name="id">Its id.</param>
    /// <param name="special">Whether it is a mark where it does not say.</param>
    public static AddedToken Read(JsonElement token, int id, bool special = false)
    {
        if (token.Text("content") is not { Length: > 0 } content)
            throw new FormatException($"added token {id} is empty");
        return new AddedToken(
            id,
            content,
            SingleWord: token.Flag("single_word", false),
            LeftStrip: token.Flag("lstrip", false),
            RightStrip: token.Flag("rstrip", false),
            Normalized: token.Flag("normalized", false),
            Special: token.Flag("special", special));
    }

    /// <summary>Those of tokenizer.json and those that only the configuration lists. Names and ids are unique.</summary>
    public static IReadOnlyList<AddedToken> Merge(JsonElement root, IReadOnlyList<AddedToken> configured)
    {
        JsonElement.ArrayEnumerator listed = root.Optional("added_tokens")?.EnumerateArray() ?? default;
        return Merge(listed.Select(token => Read(token, token.Required("id", JsonValueKind.Number).Id("an added token"))).Concat(configured));
    }

    /// <summary>Each token once, as it is first. Names and ids are unique.</summary>
    public static IReadOnlyList<AddedToken> Merge(IEnumerable<AddedToken> tokens)
    {
        Dictionary<int, AddedToken> byId = [];
        foreach (AddedToken token in tokens)
        {
            if (token.Content.Length > LongestContent)
                throw new FormatException($"added token {token.Id} has {token.Content.Length} characters, at most {LongestContent} are supported");
            if (byId.TryAdd(token.Id, token))
                continue;
            if (byId[token.Id].Content != token.Content)
                throw new FormatException($"id {token.Id} is both the added token '{byId[token.Id].Content}' and '{token.Content}'");
        }
        if (byId.Values.GroupBy(token => token.Content, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new FormatException($"the added token '{twice.Key}' has the ids {string.Join(" and ", twice.Select(token => token.Id))}");
        return [.. byId.Values];
    }
}
