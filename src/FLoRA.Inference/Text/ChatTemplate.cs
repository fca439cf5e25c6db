using FLoRA.Inference.Text.Templates;
using FLoRA.Inference.Text.Templates.Values;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Text;

/// <summary>
/// A chat template as models bring it: Jinja in tokenizer_config.json or chat_template.jinja. It can do nothing but write text, within bounds of
/// work, output and depth. Thread-safe.
/// </summary>
public sealed class ChatTemplate
{
    // What the engine says itself.
    private static readonly string[] Reserved = ["messages", "add_generation_prompt"];

    private readonly Template _template;
    private readonly Dictionary<string, Lazy<Template>> _named;
    private readonly IReadOnlyDictionary<string, string> _tokens;
    private readonly TimeProvider _time;

    private ChatTemplate(Template template, IReadOnlyDictionary<string, string> named, IReadOnlyDictionary<string, string>? tokens, TimeProvider? time)
    {
        _template = template;
        _named = named.ToDictionary(entry => entry.Key, entry => new Lazy<Template>(() => Template.Parse(entry.Value)), StringComparer.Ordinal);
        _tokens = tokens ?? new Dictionary<string, string>();
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Names of the templates that a request may choose from; empty: there is one, without a name.</summary>
    public IReadOnlyCollection<string> Names => _named.Keys;

    /// <summary>Reads a template.</summary>
    /// <param name="source">Jinja.</param>
    /// <param name="tokens">Variables with names of special tokens, such as "bos_token"; null: none.</param>
    /// <param name="time">The clock of <c>strftime_now</c>; null: the system's.</param>
    /// <param name="named">Sources of the templates that have a name; each is read when it is first used. Null: none.</param>
    /// <exception cref="FormatException">It is no template, or uses what is not supported; names line and cause.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string>? tokens = null, TimeProvider? time = null, IReadOnlyDictionary<string, string>? named = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return new ChatTemplate(Template.Parse(source), named ?? new Dictionary<string, string>(), tokens, time);
        }
        catch (TemplateException e)
        {
            throw new FormatException($"chat template, line {e.Line}: {e.Message}", e);
        }
    }

    /// <summary>Reads the template of a folder; a tokenizer need not be there.</summary>
    /// <param name="folder">With tokenizer_config.json or chat_template.jinja.</param>
    /// <param name="time">The clock of <c>strftime_now</c>; null: the system's.</param>
    /// <exception cref="ModelLoadException">There is none, or it cannot be read.</exception>
    public static ChatTemplate Load(string folder, TimeProvider? time = null)
    {
        try
        {
            TokenizerConfig config = TokenizerConfig.Read(folder);
            return Parse(config.ChatTemplate ?? throw new FormatException($"it has no chat template, neither as chat_template in tokenizer_config.json nor as {TokenizerConfig.TemplateName}"), NamedTokens.RolesIn(folder, config), time, config.ChatTemplates);
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ModelLoadException(folder, e.Message, e);
        }
    }

    /// <summary>Writes a conversation.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="addGenerationPrompt">Ends with the begin of the assistant's next turn.</param>
    /// <param name="options">Which template, and its variables; null: the default one, none.</param>
    /// <exception cref="InvalidRequestException">The template refuses the conversation or cannot write it, or there is none of that name; says why.</exception>
    public string Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt = true, TemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(turns);
        options ??= new();
        if (Reserved.FirstOrDefault(options.Variables.ContainsKey) is { } reserved)
            throw new InvalidRequestException($"The template variable '{reserved}' is written by the engine; give the conversation as Messages.");
        RenderBudget budget = new(
            turns.Sum(turn => (long)turn.Role.Length + turn.Content.Length + (turn.Name?.Length ?? 0)) + options.Variables.Sum(variable => (long)variable.Key.Length + variable.Value.GetRawText().Length));
        try
        {
            return Choose(options.Name).Render([.. Variables(turns, addGenerationPrompt, options)], budget, _time);
        }
        catch (TemplateRefusalException e)
        {
            throw new InvalidRequestException($"The model's chat template refuses the conversation: {e.Message}");
        }
        catch (TemplateException e)
        {
            throw new InvalidRequestException($"The model's chat template cannot write this conversation (line {e.Line}): {e.Message}");
        }
    }

    private Template Choose(string? name) =>
        name is null ? _template
        : _named.TryGetValue(name, out Lazy<Template>? named) ? named.Value
        : throw new InvalidRequestException($"The model has no chat template '{name}'; {(_named.Count == 0 ? "it has one, without a name" : $"it has {string.Join(", ", _named.Keys)}")}.");

    // As transformers gives them; of a name that comes twice the last counts.
    private IEnumerable<KeyValuePair<string, Value>> Variables(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, TemplateOptions options)
    {
        foreach ((string name, string token) in _tokens)
            yield return new(name, new TextValue(token));
        yield return new("messages", new ListValue([.. turns.Select(Message)]));
        yield return new("add_generation_prompt", BooleanValue.Of(addGenerationPrompt));
        yield return new("tools", NoneValue.Instance);
        yield return new("documents", NoneValue.Instance);
        foreach ((string name, System.Text.Json.JsonElement value) in options.Variables)
            yield return new(name, JsonValues.Of(value));
    }

    private static MapValue Message(ChatTurn turn)
    {
        Dictionary<string, Value> fields = new() { ["role"] = new TextValue(turn.Role), ["content"] = new TextValue(turn.Content) };
        if (turn.Name is not null)
            fields["name"] = new TextValue(turn.Name);
        return MapValue.Of(fields);
    }
}
