using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Families;

/// <summary>A model family: the keys of its config.json and the names of its weights, over the one decoder.</summary>
internal interface IModelFamily
{
    /// <summary><c>model_type</c> in config.json.</summary>
    string ModelType { get; }

    /// <summary>Names in <c>architectures</c> that mean the language model with its head; compared without case.</summary>
    IReadOnlyList<string> Architectures { get; }

    /// <summary>Keys of <see cref="UnsupportedKeys"/> that this family does implement.</summary>
    IReadOnlySet<string> ImplementedKeys => System.Collections.Frozen.FrozenSet<string>.Empty;

    /// <summary>The decoder that the configuration describes.</summary>
    /// <exception cref="ModelLoadException">A key is missing, bad, or asks for what the engine does not do.</exception>
    DecoderBlueprint Read(ConfigSection config, ConfigSection? generation);
}
