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
    private readonly Template _template;
    private readonly IReadOnlyDictionary<string, string> _tokens;
    private readonly TimeProvider _time;

    private ChatTemplate(Template template, IReadOnlyDictionary<string, string>? tokens, TimeProvider? time)
    {
        _template = template;
        _tokens = tokens ?? new Dictionary<string, string>();
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Reads a template.</summary>
    /// <param name="source">Jinja.</param>
    /// <param name="tokens">Variables with names of special tokens, such as "bos_token"; null: none.</param>
    /// <param name="time">The clock of <c>strftime_now</c>; null: the system's.</param>
    /// <exception cref="FormatException">It is no template, or uses what is not supported; names line and cause.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string>? tokens = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return new ChatTemplate(Template.Parse(source), tokens, time);
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
            return Parse(config.ChatTemplate ?? throw new FormatException($"it has no chat template, neither as chat_template in tokenizer_config.json nor as {TokenizerConfig.TemplateName}"), NamedTokens.RolesIn(folder, config), time);
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ModelLoadException(folder, e.Message, e);
        }
    }

    /// <summary>Writes a conversation.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="addGenerationPrompt">Ends with the begin of the assistant's next turn.</param>
    /// <exception cref="InvalidRequestException">The template refuses the conversation or cannot write it; says why.</exception>
    public string Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(turns);
        RenderBudget budget = new(turns.Sum(turn => (long)turn.Role.Length + turn.Content.Length + (turn.Name?.Length ?? 0)));
        try
        {
            return _template.Render([.. Variables(turns, addGenerationPrompt)], budget, _time);
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

    // As transformers gives them.
    private IEnumerable<KeyValuePair<string, Value>> Variables(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt)
    {
        foreach ((string name, string token) in _tokens)
            yield return new(name, new TextValue(token));
        yield return new("messages", new ListValue([.. turns.Select(Message)]));
        yield return new("add_generation_prompt", BooleanValue.Of(addGenerationPrompt));
        yield return new("tools", NoneValue.Instance);
        yield return new("documents", NoneValue.Instance);
    }

    private static MapValue Message(ChatTurn turn)
    {
        Dictionary<string, Value> fields = new() { ["role"] = new TextValue(turn.Role), ["content"] = new TextValue(turn.Content) };
        if (turn.Name is not null)
            fields["name"] = new TextValue(turn.Name);
        return MapValue.Of(fields);
    }
}
