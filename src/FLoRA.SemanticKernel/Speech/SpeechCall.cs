using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>What a transcription asks for, before the model is known.</summary>
/// <param name="Settings">Settings of the call.</param>
/// <param name="Function">Kernel function inside of which it is made; null: none that is known.</param>
internal sealed record SpeechCall(SpeechSettings Settings, KernelFunction? Function)
{
    /// <summary>True: where the map has no adapter for the language, one whose card lists it transcribes, of several the one with most parameters, then by name.</summary>
    internal bool ChoosesByCard { get; init; }

    /// <summary>For messages.</summary>
    internal string? FunctionName => Function switch
    {
        null => null,
        { PluginName: { Length: > 0 } plugin } => $"{plugin}.{Function.Name}",
        _ => Function.Name,
    };
}
