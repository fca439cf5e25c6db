using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Tokens that added_tokens.json, special_tokens_map.json and tokenizer_config.json name for vocab.json and tokenizer.model.</summary>
internal static class NamedTokens
{
    private const string AddedName = "added_tokens.json", MapName = "special_tokens_map.json", ConfigName = "tokenizer_config.json";

    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Whether a folder has a file that may name tokens, or a chat template that needs them.</summary>
    public static bool HaveFiles(string folder) => new[] { AddedName, MapName, ConfigName, TokenizerConfig.TemplateName }.Any(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>Names of special tokens by their roles; tokenizer_config.json goes before special_tokens_map.json.</summary>
    public static IReadOnlyDictionary<string, string> RolesIn(string folder, TokenizerConfig config)
    {
        Dictionary<string, string> roles = JsonFields.ReadObject(folder, MapName) is { } map ? TokenizerConfig.RolesIn(map) : new(StringComparer.Ordinal);
        foreach ((string role, string token) in config.SpecialTokens)
            roles[role] = token;
        return roles;
    }

    /// <summary>All tokens with their ids, and the configuration with beginning and end.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="config">tokenizer_config.json.</param>
    /// <param name="vocabulary">Ids by name.</param>
    /// <param name="begin">What begins a text where no file names it; null: nothing does.</param>
    /// <param name="end">What ends a text, alike.</param>
    /// <exception cref="FormatException">A file is malformed, or two give one token different ids.</exception>
    public static (IReadOnlyList<AddedToken> Tokens, TokenizerConfig Config) Read(string folder, TokenizerConfig config, IReadOnlyDictionary<string, int> vocabulary, string? begin, string? end)
    {
        List<AddedToken> tokens = [.. config.AddedTokens];
        foreach (JsonProperty token in JsonFields.ReadObject(folder, AddedName)?.EnumerateObject() ?? default)
            tokens.Add(Plain(token.Name, token.Value.Id($"'{token.Name}' in {AddedName}")));
        JsonElement? map = JsonFields.ReadObject(folder, MapName);
        Dictionary<string, int> ids = new(vocabulary, StringComparer.Ordinal);
        foreach (AddedToken token in tokens)
            ids.TryAdd(token.Content, token.Id);
        foreach (JsonElement named in new[] { map, JsonFields.ReadObject(folder, ConfigName) }.OfType<JsonElement>().SelectMany(Special))
        {
            AddedToken token = named.ValueKind == JsonValueKind.String ? Plain(named.GetString()!, 0) : AddedTokenReader.Read(named, 0, special: true);
            // Whisper's are named before they have ids; a name without one is no token.
            if (ids.TryGetValue(token.Content, out int id))
                tokens.Add(token with { Id = id });
        }

        foreach (string name in new[] { begin, end }.OfType<string>())
        {
            if (ids.TryGetValue(name, out int id))
                tokens.Add(Plain(name, id));
        }

        string? RoleOf(string role) => map?.Optional(role) is { } named ? named.ValueKind == JsonValueKind.String ? named.GetString() : named.Text("content") : null;
        return (AddedTokenReader.Merge(tokens), config with { BosToken = config.BosToken ?? RoleOf("bos_token") ?? begin, EosToken = config.EosToken ?? RoleOf("eos_token") ?? end });
    }

    private static IEnumerable<JsonElement> Special(JsonElement file) => Roles.Select(role => file.Optional(role)).OfType<JsonElement>()
        .Concat(file.Optional("additional_special_tokens")?.EnumerateArray() ?? default);

    private static AddedToken Plain(string content, int id) => content.Length > 0
        ? AddedToken.Mark(id, content)
        : throw new FormatException($"a special token (id {id}) is empty");
}
