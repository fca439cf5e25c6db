namespace FLoRA.Inference.Models.Weights;

/// <summary>Names of a module's tensors, as PyTorch's state dictionaries have them.</summary>
internal static class TensorNames
{
    /// <summary>Weight of the module at <paramref name="path"/>.</summary>
    public static string Weight(string path) => $"{path}.weight";

    /// <summary>Bias of the module at <paramref name="path"/>.</summary>
    public static string Bias(string path) => $"{path}.bias";
}
