namespace FLoRA.Inference.Text;

/// <summary>
/// How a conversation becomes one prompt: by the model's own template, or <see cref="Plain"/> for models without one. Replace it by a delegate
/// where a model was tuned on something else.
/// </summary>
public sealed class ChatFormat
{
    private const string Separator = "\n\n";

    private readonly Func<IReadOnlyList<ChatTurn>, TemplateOptions?, string> _write;

    /// <param name="write">Turns, at least one, to the prompt that the assistant's answer follows. Called on the caller's thread.</param>
    /// <param name="stop">Stop strings that every conversation gets beside the request's own.</param>
    /// <param name="recognisesSpecialTokens">True: names of special tokens in the written prompt become those tokens.</param>
    public ChatFormat(Func<IReadOnlyList<ChatTurn>, string> write, IReadOnlyList<string>? stop = null, bool recognisesSpecialTokens = true)
        : this((turns, options) => options is null ? write(turns) : throw new InvalidRequestException("A template's name and variables go with a chat template, and these conversations are written by none."), stop, recognisesSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(write);
    }

    /// <summary>
    /// As a chat template writes it, with the begin of the assistant's turn. The prompt is the template's alone: no token is put before it. Names of
    /// special tokens are those tokens where the template writes them, and plain text in the turns: nobody talks himself into another role. The mark
    /// that the template puts behind an answer ends one, unseen.
    /// </summary>
    /// <param name="template">The template.</param>
    public ChatFormat(ChatTemplate template)
        : this((turns, options) => template.Render(turns, options: options), stop: null, recognisesSpecialTokens: true)
    {
        ArgumentNullException.ThrowIfNull(template);
        Template = template;
    }

    private ChatFormat(Func<IReadOnlyList<ChatTurn>, TemplateOptions?, string> write, IReadOnlyList<string>? stop, bool recognisesSpecialTokens)
    {
        _write = write;
        Stop = stop ?? [];
        RecognisesSpecialTokens = recognisesSpecialTokens;
    }

    /// <summary>
    /// "System: ...", "User: ...", "Assistant: ..." with an empty line between the turns, then "Assistant:". Ends where the
    /// model begins a turn of the user. Special tokens in the turns stay plain text: nobody talks himself into another role.
    /// </summary>
    public static ChatFormat Plain { get; } = new(WritePlain, [Separator + "User:"], recognisesSpecialTokens: false);

    /// <summary>Stop strings that every conversation gets beside the request's own.</summary>
    public IReadOnlyList<string> Stop { get; }

    /// <summary>Whether names of special tokens in the written prompt become those tokens.</summary>
    public bool RecognisesSpecialTokens { get; }

    /// <summary>The template that writes; null: a delegate does.</summary>
    internal ChatTemplate? Template { get; }

    /// <summary>The prompt of a conversation.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="options">For a chat template; null: none.</param>
    /// <exception cref="InvalidRequestException">A role is not known to the format, the template refuses the conversation, or there is no template for the options.</exception>
    public string Write(IReadOnlyList<ChatTurn> turns, TemplateOptions? options = null) => _write(turns, options);

    private static string WritePlain(IReadOnlyList<ChatTurn> turns) =>
        string.Concat(turns.Select(turn => $"{Name(turn.Role)}: {turn.Content}{Separator}")) + "Assistant:";

    private static string Name(string role) => role switch
    {
        "system" => "System",
        "user" => "User",
        "assistant" => "Assistant",
        _ => throw new InvalidRequestException($"The plain chat format knows the roles system, user and assistant, not '{role}'."),
    };
}
