using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Bench.LoraBaseline;

/// <summary>The engine's linear layer alone, for a fixed batch of one token per sequence.</summary>
internal sealed class AdaptedLayer : IDisposable
{
    private readonly AdapterBank _bank;
    private readonly BatchAdapters _adapters;
    private readonly AdaptedLinear _linear;

    /// <param name="weight">[width, width].</param>
    /// <param name="adapters">One per sequence; null: base.</param>
    public AdaptedLayer(Tensor weight, IReadOnlyList<Adapter?> adapters)
    {
        int width = (int)weight.size(0);
        var module = new ModuleBlueprint(RandomAdapters.Module, width, width, HasBias: false);
        _bank = new AdapterBank([(module, null)], weight.device, weight.dtype);
        _adapters = new BatchAdapters(_bank, weight.dtype, weight.device, gatherScales: Library(weight) == null);
        _linear = new AdaptedLinear(new LinearBlueprint([module]), 0, weight, null, MatrixProduct.For(Library(weight), get_num_threads()), Library(weight) is { } library ? new AdapterRows(library, ScalarType.Float32) : null);
        _adapters.Update([.. adapters.Select(adapter => new AdapterTokens(adapter == null ? null : _bank.Install(adapter), 1))]);
    }

    /// <summary>[sequences, width] -> [sequences, width].</summary>
    public Tensor Forward(Tensor x) => _linear.Forward(x, null, default, _adapters);

    /// <summary>The product that the engine would use.</summary>
    private static TorchCpuLibrary? Library(Tensor weight) =>
        weight.device.type == DeviceType.CPU && weight.dtype == ScalarType.Float32 ? TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder) : null;

    public void Dispose()
    {
        _linear.Dispose();
        _adapters.Dispose();
        _bank.Dispose();
    }
}
