namespace FLoRA.Inference.Text;

/// <summary>
/// How a conversation becomes one prompt, for models without a chat template of their own. Replace it by a delegate where a
/// model was tuned on something else.
/// </summary>
/// <param name="write">Turns, at least one, to the prompt that the assistant's answer follows. Called on the caller's thread.</param>
/// <param name="stop">Stop strings that every conversation gets beside the request's own.</param>
/// <param name="recognisesSpecialTokens">True: names of special tokens in the written prompt become those tokens.</param>
public sealed class ChatFormat(Func<IReadOnlyList<ChatTurn>, string> write, IReadOnlyList<string>? stop = null, bool recognisesSpecialTokens = true)
{
    private const string Separator = "\n\n";

    private readonly Func<IReadOnlyList<ChatTurn>, string> _write = write ?? throw new ArgumentNullException(nameof(write));

    /// <summary>
    /// "System: ...", "User: ...", "Assistant: ..." with an empty line between the turns, then "Assistant:". Ends where the
    /// model begins a turn of the user. Special tokens in the turns stay plain text: nobody talks himself into another role.
    /// </summary>
    public static ChatFormat Plain { get; } = new(WritePlain, [Separator + "User:"], recognisesSpecialTokens: false);

    /// <summary>Stop strings that every conversation gets beside the request's own.</summary>
    public IReadOnlyList<string> Stop { get; } = stop ?? [];

    /// <summary>Whether names of special tokens in the written prompt become those tokens.</summary>
    public bool RecognisesSpecialTokens { get; } = recognisesSpecialTokens;

    /// <summary>The prompt of a conversation.</summary>
    /// <exception cref="InvalidRequestException">A role is not known to the format.</exception>
    public string Write(IReadOnlyList<ChatTurn> turns) => _write(turns);

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
