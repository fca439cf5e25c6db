using FLoRA.Inference;
using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Messages as the model gets them. A model without a chat template goes on from a text: exactly one message, the user's,
/// and no instructions is that text, raw, as it was written. Any other conversation is written by the model's chat template or the chat format.
/// </summary>
internal static class ChatPrompt
{
    /// <summary>The conversation in turns, instructions first.</summary>
    /// <exception cref="NotSupportedException">A message holds something other than text; names it.</exception>
    /// <exception cref="InvalidRequestException">There is no message.</exception>
    internal static List<ChatTurn> Turns(IEnumerable<ChatMessage> messages, string? instructions)
    {
        List<ChatTurn> turns = [.. messages.Select(Turn)];
        if (turns.Count == 0)
            throw new InvalidRequestException("The conversation is empty; at least one message is needed.");
        if (string.IsNullOrEmpty(instructions))
            return turns;
        // Many templates know one system message only, at the start.
        if (turns[0].Role == ChatRole.System.Value)
            turns[0] = turns[0] with { Content = $"{instructions}\n{turns[0].Content}" };
        else
            turns.Insert(0, new ChatTurn(ChatRole.System.Value, instructions));
        return turns;
    }

    /// <summary>Completes the request with the prompt that fits the model.</summary>
    internal static TextRequest Write(IReadOnlyList<ChatTurn> turns, TextRequest request, bool continuesText) =>
        continuesText && turns is [{ Role: "user" } only]
            ? request with { Prompt = only.Content }
            : request with { Messages = turns };

    private static ChatTurn Turn(ChatMessage message)
    {
        if (message.Role == ChatRole.Tool)
            throw new NotSupportedException("Messages of the role 'tool' are not supported by FLoRA.");
        foreach (AIContent content in message.Contents)
        {
            if (content is not (TextContent or UsageContent))
                throw new NotSupportedException($"Messages with {content.GetType().Name} are not supported by FLoRA; a message is text.");
        }

        return new ChatTurn(message.Role.Value, message.Text, message.AuthorName);
    }
}
