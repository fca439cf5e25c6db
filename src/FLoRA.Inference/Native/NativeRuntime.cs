using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu;
using TorchSharp;

namespace FLoRA.Inference.Native;

/// <summary>
/// libtorch in this process. Call <see cref="EnsureLoaded"/> before the first use of TorchSharp: left alone, TorchSharp looks
/// for its natives by name and, when that fails, copies half a gigabyte beside itself and hides the cause.
/// </summary>
public static class NativeRuntime
{
    private const string WaitPolicyVariable = "OMP_WAIT_POLICY", SpinVariable = "GOMP_SPINCOUNT";

    /// <summary>Rounds that an idle worker spins before it sleeps: long enough for the gaps within a step, well under a millisecond (docs/LOG.md).</summary>
    private const string SpinRounds = "30000";

    private static readonly Lazy<NativeRuntimeInfo> Loaded = new(Load);

    /// <summary>
    /// Loads libtorch and TorchSharp's library, once per process, and proves by one sum that they work. Thread-safe;
    /// later calls return the first one's result, or throw its exception again.
    /// </summary>
    /// <remarks>
    /// The first of these that holds libtorch is used: the folder in the environment variable FLORA_TORCH_LIB, a copy that the
    /// application itself keeps where the runtime probes, <c>flora-native</c> beside it, the packages of the build, the user's NuGet packages.
    /// </remarks>
    /// <exception cref="NativeRuntimeException">They cannot be loaded; the message gives cause and fix.</exception>
    public static NativeRuntimeInfo EnsureLoaded() => Loaded.Value;

    private static NativeRuntimeInfo Load()
    {
        Platform.RequireThisProcess();
        var layout = new NativeLocator(NativePlaces.OfThisProcess()).Locate();
        SetWaiting();
        var (binding, file) = new NativeLoader(PrivateFolder.UserCache).Load(layout);
        UseForTorchSharp(binding);
        Prove(layout);
        return new NativeRuntimeInfo(layout.Source, layout.TorchFolder, file, file != layout.BindingFile, layout.HasCuda);
    }

    /// <summary>
    /// libgomp reads its variables when it is loaded. Its workers spin for milliseconds by default and take the cores of everybody
    /// else in the process; asleep at once, they make every parallel loop of a step wait for a wake-up. Whatever the user set stays.
    /// </summary>
    private static void SetWaiting()
    {
        string? policy = Environment.GetEnvironmentVariable(WaitPolicyVariable), spin = Environment.GetEnvironmentVariable(SpinVariable);
        DynamicLinker.SetEnvironment(WaitPolicyVariable, policy ?? "PASSIVE");
        if (policy == null || spin != null)
            DynamicLinker.SetEnvironment(SpinVariable, spin ?? SpinRounds);
    }

    private static void UseForTorchSharp(nint binding)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? binding : 0);
        }
        catch (InvalidOperationException)
        {
            // The program has a resolver of its own. The library is in the process, so its name finds it all the same.
        }
    }

    private static void Prove(NativeLayout layout)
    {
        float sum;
        try
        {
            using var ones = torch.ones(2, 3);
            using var total = ones.sum();
            sum = HostMemory.Elements<float>(total)[0];
        }
        catch (Exception failure)
        {
            throw new NativeRuntimeException($"libtorch from '{layout.TorchFolder}' was loaded, but its first call failed: {failure.GetBaseException().Message}", failure);
        }
        if (sum != 6)
            throw new NativeRuntimeException($"libtorch from '{layout.TorchFolder}' was loaded, but a sum of six ones gave {sum}: its version does not fit TorchSharp 0.107.0.");
    }
}
