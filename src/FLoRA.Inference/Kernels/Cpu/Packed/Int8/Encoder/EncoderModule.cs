using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>A linear module of the encoder, or of cross-attention's keys and values: W0 in eight bits and b.</summary>
/// <param name="weight">W0; must outlive this.</param>
/// <param name="path">Module path.</param>
/// <param name="bias">b, or null; likewise.</param>
internal sealed unsafe class EncoderModule(Int8Weight weight, string path, float* bias)
{
    /// <summary>W0.</summary>
    public Int8Weight Weight => weight;

    /// <summary>b, or null.</summary>
    public float* Bias => bias;

    /// <summary>Outputs, padded to panels.</summary>
    public int PaddedOutputs { get; } = PanelShape.RoundUp(weight.OutFeatures, Int8Tiles.Columns);

    /// <summary>The modules of a layer.</summary>
    /// <param name="library">Gives data pointers.</param>
    /// <param name="linears">In eight bits; must outlive the result.</param>
    public static IEnumerable<EncoderModule> Of(TorchCpuLibrary library, IEnumerable<Models.StackedLinear> linears)
    {
        var modules = new List<EncoderModule>();
        foreach (Models.StackedLinear stacked in linears)
        {
            float* bias = stacked.Bias is null ? null : library.Pointer<float>(stacked.Bias);
            for (int m = 0; m < stacked.EightBit.Count; m++)
            {
                modules.Add(new EncoderModule(stacked.EightBit[m], stacked.Blueprint.Modules[m].Path, bias));
                bias = bias == null ? null : bias + stacked.EightBit[m].OutFeatures;
            }
        }

        return modules;
    }

    /// <summary>What an adapter does to the module; null: nothing.</summary>
    public ModuleAdapter? Of(InstalledAdapter? adapter) => adapter?.Adapter.Modules.FirstOrDefault(m => m.Path == path);

    /// <summary>Whether a weight of its own is formed: one row needs none, since B goes into the activations and A behind the product.</summary>
    public static bool IsFormed(ModuleAdapter? adapter) => adapter is not null && (adapter.RowCount > 1 || adapter.AdditiveRank > 0);
}
