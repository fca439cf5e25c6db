using System.Globalization;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>Chat options as settings; what is not supported is refused by name. The options are not changed.</summary>
internal static class ChatOptionsReader
{
    /// <exception cref="NotSupportedException">An option is set that is not supported; names it.</exception>
    internal static FloraCall Read(ChatOptions? options)
    {
        if (options is null)
            return new FloraCall(new GenerationSettings(), null);
        Refuse(options);
        var settings = new GenerationSettings
        {
            ModelId = options.ModelId,
            Instructions = options.Instructions,
            Temperature = Exact(options.Temperature),
            TopP = Exact(options.TopP),
            TopK = options.TopK,
            PresencePenalty = Exact(options.PresencePenalty),
            FrequencyPenalty = Exact(options.FrequencyPenalty),
            Seed = options.Seed,
            MaxTokens = options.MaxOutputTokens,
            StopSequences = options.StopSequences?.ToArray(),
        };
        if (options.AdditionalProperties is not { } more)
            return new FloraCall(settings, null);
        string? function = more.TryGetValue(FloraPromptExecutionSettings.FunctionNameKey, out object? name) ? name as string : null;
        return new FloraCall(SettingTable.Read(settings, more.Where(p => p.Key != FloraPromptExecutionSettings.FunctionNameKey)), function);
    }

    private static void Refuse(ChatOptions options)
    {
        string? refused = options switch
        {
            { Tools.Count: > 0 } => nameof(ChatOptions.Tools),
            { ToolMode: RequiredChatToolMode } => $"{nameof(ChatOptions.ToolMode)} (required)",
            { ResponseFormat: not (null or ChatResponseFormatText) } => $"{nameof(ChatOptions.ResponseFormat)} ({options.ResponseFormat.GetType().Name})",
            { ConversationId: not null } => nameof(ChatOptions.ConversationId),
            { ContinuationToken: not null } => nameof(ChatOptions.ContinuationToken),
            { AllowBackgroundResponses: true } => nameof(ChatOptions.AllowBackgroundResponses),
            _ => null,
        };
        if (refused is not null)
            throw new NotSupportedException($"The option '{refused}' is not supported by FLoRA.");
    }

    /// <summary>The number that was written: 0.7f becomes 0.7, not 0.699999988.</summary>
    private static double? Exact(float? number) =>
        number is { } value ? double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
}
