using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>
/// What <c>AddFlora</c> builds an engine from. The same names in code and in a configuration section ("Flora"), except for
/// the members marked "code only". Validated as a whole, before anything is loaded, with every error in one message.
/// </summary>
public sealed class FloraOptions : FloraEngineOptions
{
    /// <summary>Code only: writes conversations for the model, in place of the chat template in its folder.</summary>
    public ChatFormat? ChatFormat { get; set; }

    /// <summary>
    /// How a gap (<c>suffix</c>, the tool infill_code) is written: "starcoder", "qwen", "deepseek", "codellama", "codestral", "santacoder", or a text with
    /// {prefix} and {suffix}; null: found in the tokenizer.
    /// </summary>
    public string? InfillForm { get; set; }

    /// <summary>Prompts with equal beginnings under one adapter are computed once: their blocks of the key/value cache are shared, and kept until the place is needed.</summary>
    public bool PrefixCache { get; set; } = true;

    internal FloraOptions Copy() => CopyAs<FloraOptions>();
}
