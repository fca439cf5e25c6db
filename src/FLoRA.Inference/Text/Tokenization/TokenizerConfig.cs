using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>What tokenizer_config.json adds to tokenizer.json or vocab.json. Empty without the file.</summary>
internal sealed record TokenizerConfig
{
    /// <summary>A chat template in a file of its own.</summary>
    public const string TemplateName = "chat_template.jinja";

    // Beside it: NAME.jinja each.
    private const string TemplateFolder = "additional_chat_templates", DefaultTemplate = "default";

    /// <summary>Class of the tokenizer in transformers, such as "WhisperTokenizer".</summary>
    public string? TokenizerClass { get; init; }

    /// <summary>Puts a space before text that does not begin with one; tokenizer.json says so itself. Null: it does not say.</summary>
    public bool? AddPrefixSpace { get; init; }

    /// <summary>Name of the token that begins a text.</summary>
    public string? BosToken { get; init; }

    /// <summary>Name of the token that ends a text.</summary>
    public string? EosToken { get; init; }

    /// <summary>Names of special tokens by their roles ("bos_token", "pad_token" ...), as templates get them.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether prompts begin with <see cref="BosToken"/>; null: tokenizer.json says.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>SentencePiece puts its space before each text between added tokens, not only before the first.</summary>
    public bool Legacy { get; init; } = true;

    /// <summary>Jinja source; of several named ones that called "default", else the first.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Jinja sources by name, where there are several.</summary>
    public IReadOnlyDictionary<string, string> ChatTemplates { get; init; } = new Dictionary<string, string>();

    /// <summary>Added tokens that it lists.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <exception cref="FormatException">The content is not what is expected.</exception>
    public static TokenizerConfig Read(string folder)
    {
        TokenizerConfig config = JsonFields.ReadObject(folder, "tokenizer_config.json") is { } root ? Parse(root) : new();
        // Newer folders keep the template in a file of its own.
        string main = Path.Combine(folder, TemplateName), others = Path.Combine(folder, TemplateFolder);
        if (File.Exists(main))
            config = config with { ChatTemplate = File.ReadAllText(main) };
        if (!Directory.Exists(others))
            return config;
        Dictionary<string, string> named = new(config.ChatTemplates, StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(others, "*.jinja").Order(StringComparer.Ordinal))
            named[Path.GetFileNameWithoutExtension(file)] = File.ReadAllText(file);
        if (config.ChatTemplate is { } source)
            named.TryAdd(DefaultTemplate, source);
        return config with { ChatTemplates = named };
    }

    private static TokenizerConfig Parse(JsonElement root)
    {
        if (root.Flag("add_eos_token", missing: false))
            throw new FormatException("tokenizer_config.json: add_eos_token is not supported");
        return new TokenizerConfig
        {
            TokenizerClass = root.Optional("tokenizer_class") is null ? null : root.Text("tokenizer_class"),
            AddPrefixSpace = root.Optional("add_prefix_space") is null ? null : root.Flag("add_prefix_space", missing: false),
            BosToken = TokenName(root, "bos_token"),
            EosToken = TokenName(root, "eos_token"),
            SpecialTokens = RolesIn(root),
            AddBosToken = root.Optional("add_bos_token") is null ? null : root.Flag("add_bos_token", missing: false),
            Legacy = root.Flag("legacy", missing: true),
            ChatTemplate = Template(root.Optional("chat_template")),
            ChatTemplates = Named(root.Optional("chat_template")),
            AddedTokens = root.Optional("added_tokens_decoder") is { } tokens ? [.. tokens.EnumerateObject().Select(Decoded)] : [],
        };
    }

    private static AddedToken Decoded(JsonProperty token)
    {
        if (!int.TryParse(token.Name, out int id) || id < 0)
            throw new FormatException($"tokenizer_config.json: added_tokens_decoder has the id '{token.Name}'");
        return AddedTokenReader.Read(token.Value, id);
    }

    /// <summary>The special tokens that a file names.</summary>
    public static Dictionary<string, string> RolesIn(JsonElement root) => root.EnumerateObject()
        .Where(field => field.Name.EndsWith("_token", StringComparison.Ordinal) && field.Value.ValueKind is JsonValueKind.String or JsonValueKind.Object)
        .Select(field => (field.Name, Token: TokenName(root, field.Name))).Where(role => role.Token is not null).ToDictionary(role => role.Name, role => role.Token!, StringComparer.Ordinal);

    private static string? TokenName(JsonElement root, string name) => root.Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } token => token.Text("content"),
        _ => root.Text(name),
    };

    private static string? Template(JsonElement? template)
    {
        if (template is not { ValueKind: JsonValueKind.Array })
            return template?.GetString();
        Dictionary<string, string> named = Named(template);
        return named.GetValueOrDefault(DefaultTemplate) ?? named.Values.FirstOrDefault();
    }

    private static Dictionary<string, string> Named(JsonElement? template)
    {
        Dictionary<string, string> named = new(StringComparer.Ordinal);
        if (template is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (JsonElement entry in list.EnumerateArray())
            {
                if (!named.TryAdd(entry.Text("name"), entry.Text("template")))
                    throw new FormatException($"tokenizer_config.json has two chat templates of the name '{entry.Text("name")}'");
            }
        }

        return named;
    }
}
