using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>An engine with its text layer.</summary>
/// <param name="model">What was loaded.</param>
/// <param name="text">Text in, text out.</param>
/// <param name="adapters">Adapters registered now.</param>
/// <param name="engine">Disposed with this object.</param>
internal sealed class LoadedModel(ModelInfo model, TextGenerator text, Func<IReadOnlyList<AdapterInfo>> adapters, IDisposable engine) : IDisposable
{
    internal ModelInfo Model { get; } = model;

    internal TextGenerator Text { get; } = text;

    internal IReadOnlyList<AdapterInfo> Adapters => adapters();

    internal IReadOnlyCollection<string> AdapterNames => [.. Adapters.Select(a => a.Name)];

    /// <summary>The engine, where it is a real one.</summary>
    internal Inference.Engine? Engine => engine as Inference.Engine;

    public void Dispose() => engine.Dispose();
}
