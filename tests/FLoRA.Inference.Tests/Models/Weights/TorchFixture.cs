using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>Loads libtorch before the first test of a class touches it.</summary>
public sealed class TorchFixture
{
    public TorchFixture() => NativeRuntime.EnsureLoaded();
}
