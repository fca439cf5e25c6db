using FLoRA.Inference.Native;
using TorchSharp;

namespace FLoRA.Parity.Tests;

/// <summary>The device under test: FLORA_TEST_DEVICE, else the CPU.</summary>
internal static class TestDevice
{
    /// <summary>Its name, as the engine takes it. Skips the test where there is no such device.</summary>
    public static string Name
    {
        get
        {
            string device = Environment.GetEnvironmentVariable("FLORA_TEST_DEVICE") is { Length: > 0 } asked ? asked : "cpu";
            NativeRuntimeInfo native = NativeRuntime.EnsureLoaded();
            if (device == "cuda" && !(native.HasCuda && torch.cuda.is_available()))
                Assert.Skip("no device: libtorch sees no CUDA device");
            return device;
        }
    }

    /// <summary>For tensors. Skips likewise.</summary>
    public static torch.Device Open() => torch.device(Name);
}
