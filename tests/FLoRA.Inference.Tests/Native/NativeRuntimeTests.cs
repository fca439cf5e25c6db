using FLoRA.Inference.Native;
using TorchSharp;

namespace FLoRA.Inference.Tests.Native;

public sealed class NativeRuntimeTests
{
    [Fact]
    public void Loads_and_computes()
    {
        var info = NativeRuntime.EnsureLoaded();

        Assert.True(File.Exists(info.BindingFile));
        Assert.Same(info, NativeRuntime.EnsureLoaded());
        using var sum = torch.ones(2, 3).sum();
        Assert.Equal(6f, sum.item<float>());
    }
}
