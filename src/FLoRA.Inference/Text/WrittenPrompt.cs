namespace FLoRA.Inference.Text;

/// <summary>A prompt in token ids, and what its form asks of the answer.</summary>
/// <param name="Tokens">Ids.</param>
internal sealed record WrittenPrompt(IReadOnlyList<int> Tokens)
{
    /// <summary>Ids that end the answer unseen, beside the model's and the request's own.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Texts that end it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>The answer is a text of its own and does not go on from one: a space that the tokenizer put before it goes.</summary>
    public bool AnswerStartsText { get; init; }
}
