using FLoRA.Inference.Models;
using TorchSharp;

namespace FLoRA.Inference.Adapters;

/// <summary>Brings a loaded adapter into the bank's form: the expensive part of installing it, on the thread that loads it.</summary>
internal static class AdapterPacker
{
    /// <summary>Packs for a bank of this layout.</summary>
    /// <param name="adapter">Loaded for the same modules.</param>
    /// <param name="layout">The bank's.</param>
    public static AdapterImage Pack(Adapter adapter, BankLayout layout)
    {
        int[] rowCounts = new int[layout.ModuleCount], ranks = new int[layout.ModuleCount];
        var scales = new ModuleScales[layout.ModuleCount];
        var modules = new List<ModuleImage>(adapter.Modules.Count);
        long bankBytes = 0;
        foreach (ModuleAdapter module in adapter.Modules)
        {
            int index = layout.IndexOf(module.Path);
            scales[index] = BankLayout.Scales(module);
            rowCounts[index] = scales[index] == ModuleScales.None ? 0 : module.RowCount;
            ranks[index] = module.AdditiveRank;
            modules.Add(Pack(module, index, layout));
            ModuleBlueprint own = layout.Module(index);
            long width = own.InFeatures + own.OutFeatures;
            bankBytes += (rowCounts[index] * width * layout.Types.Scale.ElementSize())
                + (scales[index].HasFlag(ModuleScales.Bias) ? own.OutFeatures * sizeof(float) : 0)
                + (layout.Types.ArePairsInEightBits ? modules[^1].Pair?.LongLength ?? 0 : module.AdditiveRank * width * layout.Types.Pair.ElementSize());
        }

        return new AdapterImage
        {
            Adapter = layout.KeepsNumbers ? adapter : adapter.WithoutNumbers(),
            RowCounts = rowCounts,
            Scales = scales,
            AdditiveRanks = ranks,
            Modules = modules,
            HostBytes = modules.Sum(m => m.Bytes) + (layout.KeepsNumbers ? adapter.NumberBytes : 0),
            BankBytes = bankBytes,
        };
    }

    private static ModuleImage Pack(ModuleAdapter module, int index, BankLayout layout)
    {
        BankTypes types = layout.Types;
        bool hasPair = module.AdditiveRank > 0, inEightBits = hasPair && types.ArePairsInEightBits, asTensors = hasPair && !inEightBits;
        return new ModuleImage(
            index,
            module.InputScale is { } b ? NarrowNumbers.To(types.Scale, b) : null,
            module.OutputScale is { } a ? NarrowNumbers.To(types.Scale, a) : null,
            module.BiasScale,
            asTensors ? NarrowNumbers.To(types.Pair, module.Down!) : null,
            asTensors ? NarrowNumbers.To(types.Pair, Transposed(module.Up!, module.AdditiveRank)) : null,
            inEightBits ? layout.PairForms[index].Pack(module.AdditiveRank, module.Down!, module.Up!) : null);
    }

    /// <summary>[out, rank] -> [rank, out].</summary>
    private static float[] Transposed(float[] up, int rank)
    {
        int outputs = up.Length / rank;
        var transposed = new float[up.Length];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < rank; i++)
                transposed[(i * outputs) + o] = up[(o * rank) + i];
        }

        return transposed;
    }
}
