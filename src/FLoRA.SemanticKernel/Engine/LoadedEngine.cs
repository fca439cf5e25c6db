using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>An engine with the tokenizer of its model; every service over it has a text layer of its own.</summary>
/// <param name="model">What was loaded.</param>
/// <param name="tokens">Where requests go.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="adapters">Adapters registered now.</param>
/// <param name="owned">The engine; disposed with this object.</param>
/// <param name="speech">From audio to text; null: a model of text alone.</param>
internal sealed class LoadedEngine(
    ModelInfo model, ITokenEngine tokens, Tokenizer tokenizer, Func<IReadOnlyList<AdapterInfo>> adapters, IDisposable owned, SpeechTranscriber? speech = null) : IDisposable
{
    internal ModelInfo Model { get; } = model;

    internal ITokenEngine Tokens { get; } = tokens;

    internal Tokenizer Tokenizer { get; } = tokenizer;

    internal SpeechTranscriber? Speech { get; } = speech;

    internal IReadOnlyList<AdapterInfo> Adapters => adapters();

    internal IReadOnlyCollection<string> AdapterNames => [.. Adapters.Select(a => a.Name)];

    /// <summary>The engine, where it is a real one.</summary>
    internal Inference.Engine? Engine => Tokens as Inference.Engine;

    public void Dispose() => owned.Dispose();
}
