namespace FLoRA.Inference.Adapters.Peft;

/// <summary>A linear module that an adapter targets.</summary>
/// <param name="Path">Module path.</param>
/// <param name="InFeatures">Width of its input; null where the model is not known.</param>
/// <param name="OutFeatures">Width of its output; null where the model is not known.</param>
internal sealed record ModuleTarget(string Path, int? InFeatures, int? OutFeatures)
{
    /// <summary>Axis of the input.</summary>
    public TensorAxis In => new("in", InFeatures);

    /// <summary>Axis of the output.</summary>
    public TensorAxis Out => new("out", OutFeatures);
}
