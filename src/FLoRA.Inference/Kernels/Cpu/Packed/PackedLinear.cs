using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>A stacked linear layer, packed module by module: no panel belongs to two modules, and each has an adapter's rows of its own.</summary>
internal sealed unsafe class PackedLinear : IDisposable
{
    private readonly TorchCpuLibrary _library;
    private readonly AdapterBank _bank;
    private readonly int _firstModule;
    private readonly float* _bias;

    /// <param name="library">Gives data pointers.</param>
    /// <param name="stacked">The layer, float32 on the CPU; must outlive this.</param>
    /// <param name="firstModule">Index of its first module in the bank.</param>
    /// <param name="bank">The installed adapters.</param>
    public PackedLinear(TorchCpuLibrary library, StackedLinear stacked, int firstModule, AdapterBank bank)
    {
        _library = library;
        _bank = bank;
        _firstModule = firstModule;
        _bias = stacked.Bias is null ? null : library.Pointer<float>(stacked.Bias);
        Modules = new PackedWeight[stacked.Blueprint.Modules.Count];
        float* weight = library.Pointer<float>(stacked.Weight);
        for (int m = 0; m < Modules.Length; m++)
        {
            ModuleBlueprint module = stacked.Blueprint.Modules[m];
            Modules[m] = new PackedWeight(weight, module.OutFeatures, module.InFeatures);
            weight += (long)module.OutFeatures * module.InFeatures;
        }
    }

    /// <summary>The modules' weights, in order.</summary>
    public PackedWeight[] Modules { get; }

    /// <summary>An adapter's rows for a module; valid within one step.</summary>
    public PanelAdapter Adapter(InstalledAdapter? adapter, int module)
    {
        float* bias = _bias;
        for (int m = 0; bias != null && m < module; m++)
            bias += Modules[m].OutFeatures;
        return PanelAdapter.Of(adapter, _bank.Modules[_firstModule + module], _firstModule + module, bias, _library);
    }

    public void Dispose()
    {
        foreach (PackedWeight module in Modules)
            module.Dispose();
    }
}
