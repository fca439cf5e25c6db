using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>A loaded engine as one service sees it: with a text layer that writes conversations in the service's format.</summary>
internal sealed class LoadedModel(LoadedEngine engine, TextGenerator text)
{
    internal ModelInfo Model => engine.Model;

    internal TextGenerator Text => text;

    /// <summary>Adapters registered now.</summary>
    internal IReadOnlyList<AdapterInfo> Adapters => engine.Adapters;

    internal AdapterNames AdapterNames => engine.AdapterNames;

    /// <inheritdoc cref="LoadedEngine.PrepareAsync"/>
    internal Task PrepareAsync(string? adapter, CancellationToken cancellationToken) => engine.PrepareAsync(adapter, cancellationToken);

    internal bool IsOver(LoadedEngine other) => other == engine;

    /// <summary>The engine, where it is a real one.</summary>
    internal Inference.Engine? Engine => engine.Engine;
}
