using System.Text;
using FLoRA.Inference;
using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>A tool call that produces text.</summary>
/// <param name="Function">Name of the tool.</param>
/// <param name="PromptName">What the tool calls the text that is gone on from.</param>
/// <param name="Prompt">That text, raw.</param>
internal sealed record ToolCall(string Function, string PromptName, string Prompt)
{
    private const int DefaultMaxTokens = 256;

    /// <summary>The text after the gap; null: there is no gap.</summary>
    internal string? Suffix { get; init; }

    internal int? MaxTokens { get; init; }

    internal double? Temperature { get; init; }

    internal IReadOnlyList<string>? Stop { get; init; }

    /// <summary>
    /// The new text alone, as it belongs into the file. Only where a model could not know better a last line in brackets is added:
    /// the answer was cut off, or there is none.
    /// </summary>
    /// <param name="client">Where the call goes.</param>
    /// <param name="adapter">Null: the base model, also where the options have a default adapter.</param>
    /// <param name="cancellationToken">The caller's.</param>
    internal async Task<string> AskAsync(FloraChatClient client, string? adapter, CancellationToken cancellationToken)
    {
        var settings = new GenerationSettings { AdapterId = adapter, Temperature = Temperature, StopSequences = Stop };
        var text = new StringBuilder();
        FloraEnd? end = null;
        var call = new TracedCall(settings with { MaxTokens = MaxTokens }, [new ChatMessage(ChatRole.User, Prompt)], Open);
        await foreach (FloraPart part in client.Traced.StreamAsync(call, cancellationToken).ConfigureAwait(false))
        {
            text.Append(part.Text);
            end = part.End;
        }

        if (end?.FinishReason == ChatFinishReason.Length)
            text.Append($"\n[cut off after {end.Usage.OutputTokenCount} {(end.Usage.OutputTokenCount == 1 ? "token" : "tokens")}; to go on, call again with this text at the end of '{PromptName}']");
        else if (text.Length == 0)
            text.Append("[nothing to add: the model ended at once]");
        return text.ToString();

        IAsyncEnumerable<FloraPart> Open(CallActivity activity, CancellationToken token) =>
            client.Pipeline.StreamAsync(new FloraCall(settings, Function), (model, request) => Write(model, request with { Adapter = adapter }), activity, token);
    }

    private TextRequest Write(LoadedModel model, TextRequest request)
    {
        if (Prompt.Length == 0 && string.IsNullOrEmpty(Suffix))
            throw new InvalidRequestException($"'{PromptName}' is empty; at least one character is needed.");
        if (Suffix is not null && !model.Text.CanFillInTheMiddle)
            throw new InvalidRequestException($"the model {model.Model.Id} cannot fill in the middle. Use complete_code with the text before the gap.");
        if (MaxTokens < 1)
            throw new InvalidRequestException($"max_tokens is {MaxTokens}; it must be at least 1.");
        TextRequest written = request with { Prompt = Prompt, Suffix = Suffix };
        int promptTokens = model.Text.CountPromptTokens(written);
        int capacityTokens = Math.Min(model.Model.ContextLength, model.Engine?.Info.KvTokens ?? int.MaxValue);
        int room = capacityTokens - promptTokens;
        if (room < 1)
            throw new InvalidRequestException($"the text is too long: it has {promptTokens} tokens, and text and answer together may have {capacityTokens}. Give less, such as only the code near the place.");
        if (MaxTokens > room)
            throw new InvalidRequestException($"max_tokens is {MaxTokens}; with a text of this length it can be {room} at most.");
        return written with { MaxNewTokens = MaxTokens ?? Math.Min(DefaultMaxTokens, room) };
    }
}
