using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Which ids a prompt begins with: the beginning-of-text token where tokenizer_config.json's <c>add_bos_token</c> says so;
/// where it is silent, what the template of tokenizer.json's <c>post_processor</c> puts before the text.
/// </summary>
internal static class PromptStartReader
{
    /// <exception cref="FormatException">Names what is not supported.</exception>
    public static IReadOnlyList<int> Read(JsonElement? postProcessor, TokenizerConfig config, IReadOnlyList<AddedToken> added)
    {
        IReadOnlyList<int> template = Template(postProcessor);
        if (config.AddBosToken is not { } add)
            return template;
        if (!add)
            return [];
        string name = config.BosToken ?? throw new FormatException("tokenizer_config.json asks for add_bos_token and names no bos_token");
        AddedToken bos = added.FirstOrDefault(token => token.Content == name) ?? throw new FormatException($"the bos_token '{name}' is not among the added tokens");
        return [bos.Id];
    }

    private static IReadOnlyList<int> Template(JsonElement? postProcessor)
    {
        switch (JsonFields.TypeOf(postProcessor))
        {
            case "none" or "ByteLevel":
                return [];
            case "Sequence":
                return [.. postProcessor!.Value.Required("processors", JsonValueKind.Array).EnumerateArray().SelectMany(part => Template(part))];
            case "TemplateProcessing":
                return BeforeText(postProcessor!.Value);
            case var type:
                throw new FormatException($"post-processor {type} is not supported; ByteLevel and TemplateProcessing are");
        }
    }

    private static List<int> BeforeText(JsonElement template)
    {
        List<int> ids = [];
        bool text = false;
        foreach (JsonElement part in template.Required("single", JsonValueKind.Array).EnumerateArray())
        {
            if (part.Optional("SpecialToken") is not { } token)
            {
                text = true;
                continue;
            }
            string name = token.Text("id");
            if (text)
                throw new FormatException($"the post-processor's template puts '{name}' behind the text, which is not supported");
            JsonElement known = template.Required("special_tokens", JsonValueKind.Object).Required(name, JsonValueKind.Object);
            ids.AddRange(known.Required("ids", JsonValueKind.Array).EnumerateArray().Select(id => id.Id($"'{name}'")));
        }
        return ids;
    }
}
