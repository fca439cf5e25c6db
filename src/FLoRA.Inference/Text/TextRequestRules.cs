using System.Buffers;
using System.Text;

namespace FLoRA.Inference.Text;

/// <summary>All that can be wrong with a request's text, checked before anything is submitted. The engine checks the numbers.</summary>
internal static class TextRequestRules
{
    /// <exception cref="InvalidRequestException">Names what was expected and what came.</exception>
    public static void Check(TextRequest request, Tokenizer? tokenizer)
    {
        CheckPrompt(request);
        if (tokenizer is null && request.PromptTokens is null)
            throw Invalid($"The model has no tokenizer: give the prompt as token ids (PromptTokens), not as {(request.Prompt is null ? "Messages" : "Prompt")}.");
        if (tokenizer is null && request.Stop.Count > 0)
            throw Invalid("The model has no tokenizer: stop strings need text; give StopTokens.");
        foreach (string stop in request.Stop)
            CheckStop(stop);
    }

    private static void CheckPrompt(TextRequest request)
    {
        string[] given = [
            .. request.Prompt is null ? [] : new[] { nameof(TextRequest.Prompt) },
            .. request.PromptTokens is null ? [] : new[] { nameof(TextRequest.PromptTokens) },
            .. request.Messages is null ? [] : new[] { nameof(TextRequest.Messages) }];
        if (given.Length != 1)
            throw Invalid($"Exactly one of Prompt, PromptTokens and Messages is needed; {(given.Length == 0 ? "none" : string.Join(" and ", given))} came.");
        if (request.Suffix is not null && request.Prompt is null)
            throw Invalid($"Suffix goes with Prompt (fill in the middle), not with {given[0]}.");
        if (request.InfillForm is not null && request.Suffix is null)
            throw Invalid("InfillForm goes with Suffix (fill in the middle).");
        if (request.Template is not null && request.Messages is null)
            throw Invalid($"Template (a template's name and variables) goes with Messages, not with {given[0]}.");
        if (request.Prompt is "" && string.IsNullOrEmpty(request.Suffix))
            throw Invalid("Prompt is empty; at least one character is needed.");
        if (request.PromptTokens is { Count: 0 })
            throw Invalid("PromptTokens is empty; at least one id is needed.");
        if (request.Messages is { Count: 0 })
            throw Invalid("Messages is empty; at least one turn is needed.");
        if (request.Messages?.Any(turn => turn?.Role is null || turn.Content is null) == true)
            throw Invalid("Every turn of Messages needs a role and a content.");
    }

    private static void CheckStop(string? stop)
    {
        if (string.IsNullOrEmpty(stop))
            throw Invalid("A stop string is empty; at least one character is needed.");
        for (int i = 0; i < stop.Length;)
        {
            if (Rune.DecodeFromUtf16(stop.AsSpan(i), out _, out int length) != OperationStatus.Done)
                throw Invalid($"A stop string has half a surrogate pair at position {i}: it can match no text.");
            i += length;
        }
    }

    private static InvalidRequestException Invalid(string message) => new(message);
}
