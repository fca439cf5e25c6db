namespace FLoRA.Inference.Models.Configuration;

/// <summary>Names of activation functions in configurations (transformers' ACT2FN) that the engine computes.</summary>
internal static class Activations
{
    private static readonly (string Name, ActivationKind Kind)[] Known =
    [
        ("gelu", ActivationKind.Gelu),
        ("gelu_python", ActivationKind.Gelu),
        ("gelu_pytorch_tanh", ActivationKind.GeluTanh),
        ("gelu_new", ActivationKind.GeluTanh),
        ("gelu_fast", ActivationKind.GeluTanh), // the same polynomial, factored differently
        ("gelu_python_tanh", ActivationKind.GeluTanh),
        ("silu", ActivationKind.Silu),
        ("swish", ActivationKind.Silu),
        ("relu", ActivationKind.Relu),
    ];

    /// <summary>The activation that <paramref name="key"/> names.</summary>
    /// <exception cref="ModelLoadException">The engine does not compute it; the message lists those it does.</exception>
    public static ActivationKind Read(ConfigSection config, string key, ActivationKind absent)
    {
        if (config.Text(key) is not { } name)
            return absent;
        foreach (var (known, kind) in Known)
        {
            if (known == name)
                return kind;
        }

        throw config.Unsupported(key, string.Join(", ", Known.Select(k => k.Name)));
    }
}
