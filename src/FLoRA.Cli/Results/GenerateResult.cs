using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Results;

/// <summary>The fields of a line that <c>flora generate</c> answers with, after the id.</summary>
internal static class GenerateResult
{
    /// <param name="json">Within the object of the line.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="result">What came.</param>
    public static void Write(Utf8JsonWriter json, TextRequest request, TextResult result)
    {
        json.WriteString("adapter", request.Adapter);
        json.WriteIntegers("tokens", result.Tokens.Select(token => token.Id));
        json.WriteString("text", result.Text);
        json.WriteString("finish_reason", result.FinishReason == FinishReason.Stop ? "stop" : "length");
        if (request.Logprobs)
            json.WriteNumbers("logprobs", result.Tokens.Select(token => token.Logprob ?? float.NaN));
        else
            json.WriteNull("logprobs");
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", result.PromptTokens);
        json.WriteNumber("cached_prompt_tokens", result.CachedPromptTokens);
        json.WriteNumber("completion_tokens", result.CompletionTokens);
        json.WriteEndObject();
        json.WriteTiming(result.Timing);
    }
}
