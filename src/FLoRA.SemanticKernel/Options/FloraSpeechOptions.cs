namespace FLoRA.SemanticKernel;

/// <summary>
/// What <c>AddFloraSpeech</c> builds an engine from: those of <see cref="FloraOptions"/> for a speech model (Whisper), and what only speech has. The same names in code
/// and in a configuration section ("FloraSpeech"), except for the members marked "code only". Validated as a whole, before anything is loaded, with every error in one message.
/// </summary>
/// <remarks>
/// <see cref="FloraEngineOptions.FunctionAdapters"/> is for calls that are made inside of a kernel function: no prompt function asks for a speech service, but a function
/// of a plugin may call one. Which function that is, is known where the kernel has its filters from the container (<c>AddKernel</c>, <c>IKernelBuilder.Build</c>).
/// </remarks>
public sealed class FloraSpeechOptions : FloraEngineOptions
{
    /// <summary>
    /// Adapter of a call that names none itself and whose function has none: language -> name of an adapter. A language is what the call says ("cs", "pt-BR"; without an
    /// entry of its own "pt-BR" is "pt"), or, where the call says none, what the base model hears in the first window.
    /// </summary>
    public Dictionary<string, string> LanguageAdapters { get; set; } = [];

    /// <summary>How recordings are read, and how large they may be.</summary>
    public FloraAudioOptions Audio { get; set; } = new();

    /// <summary>The folder below which <see cref="FloraSpeechPlugin"/> may transcribe recordings for a model; null: that is not offered.</summary>
    public string? TranscribeFolder { get; set; }

    internal FloraSpeechOptions Copy()
    {
        FloraSpeechOptions copy = CopyAs<FloraSpeechOptions>();
        copy.LanguageAdapters = new(LanguageAdapters);
        copy.Audio = Audio.Copy();
        return copy;
    }
}
