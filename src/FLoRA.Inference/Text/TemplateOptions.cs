using System.Text.Json;

namespace FLoRA.Inference.Text;

/// <summary>What a conversation tells the model's chat template beside its turns.</summary>
public sealed record TemplateOptions
{
    /// <summary>Which of the model's templates writes, where it has several; null: the default one.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Variables of the template by name, such as <c>enable_thinking</c>, or <c>tools</c> with a list of JSON schemas. They go before what the engine
    /// gives of itself, but for <c>messages</c> and <c>add_generation_prompt</c>. Names of special tokens in them are those tokens.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();
}
