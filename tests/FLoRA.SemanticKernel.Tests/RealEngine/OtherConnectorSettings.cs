using System.Text.Json.Serialization;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Settings as the OpenAI connector defines them: typed properties with JSON names, most of them null, and a Clone of its own.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
internal sealed class OtherConnectorSettings : PromptExecutionSettings
{
    [JsonPropertyName("temperature")]
    public double? Temperature { get; set; }

    [JsonPropertyName("top_p")]
    public double? TopP { get; set; }

    [JsonPropertyName("presence_penalty")]
    public double? PresencePenalty { get; set; }

    [JsonPropertyName("frequency_penalty")]
    public double? FrequencyPenalty { get; set; }

    [JsonPropertyName("max_tokens")]
    public int? MaxTokens { get; set; }

    [JsonPropertyName("stop_sequences")]
    public IList<string>? StopSequences { get; set; }

    [JsonPropertyName("seed")]
    public long? Seed { get; set; }

    [JsonPropertyName("response_format")]
    public object? ResponseFormat { get; set; }

    [JsonPropertyName("chat_system_prompt")]
    public string? ChatSystemPrompt { get; set; }

    [JsonPropertyName("chat_developer_prompt")]
    public string? ChatDeveloperPrompt { get; set; }

    [JsonPropertyName("logit_bias")]
    public IDictionary<int, int>? TokenSelectionBiases { get; set; }

    [JsonPropertyName("user")]
    public string? User { get; set; } = "somebody";

    [JsonPropertyName("logprobs")]
    public bool? Logprobs { get; set; }

    [JsonPropertyName("top_logprobs")]
    public int? TopLogprobs { get; set; }

    public override PromptExecutionSettings Clone() => new OtherConnectorSettings
    {
        ModelId = ModelId,
        ExtensionData = ExtensionData is null ? null : new Dictionary<string, object>(ExtensionData),
        FunctionChoiceBehavior = FunctionChoiceBehavior,
        Temperature = Temperature,
        TopP = TopP,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        MaxTokens = MaxTokens,
        StopSequences = StopSequences,
        Seed = Seed,
        ResponseFormat = ResponseFormat,
        ChatSystemPrompt = ChatSystemPrompt,
        ChatDeveloperPrompt = ChatDeveloperPrompt,
        TokenSelectionBiases = TokenSelectionBiases,
        User = User,
        Logprobs = Logprobs,
        TopLogprobs = TopLogprobs,
    };
}
