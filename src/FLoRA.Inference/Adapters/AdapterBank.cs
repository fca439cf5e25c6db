using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// All installed adapters on the device. One row space for the scaled rows (fLoRA, IA3, HiRA), one for the additive pairs
/// (LoRA); a module's tensors exist only where an adapter targets it. Used by the engine thread only.
/// </summary>
internal sealed class AdapterBank : IDisposable
{
    private const int InitialRows = 64;

    private readonly RangeAllocator _rows = new(first: 1, InitialRows); // row 0 is the neutral one
    private readonly RangeAllocator _additiveRows = new(first: 0, InitialRows);
    private readonly Dictionary<string, int> _moduleIndex;
    private readonly int _additiveMultiple;

    /// <param name="modules">Every linear module with its bias or null; takes over the biases.</param>
    /// <param name="device">Where the rows live.</param>
    /// <param name="dtype">Type of everything in it.</param>
    public AdapterBank(IReadOnlyList<(ModuleBlueprint Blueprint, Tensor? Bias)> modules, Device device, ScalarType dtype)
        : this(modules, device, BankTypes.Of(dtype))
    {
    }

    /// <param name="modules">Every linear module with its bias [out], in the blueprint's order.</param>
    /// <param name="device">Where the rows live.</param>
    /// <param name="types">How adapters lie in it.</param>
    public AdapterBank(IReadOnlyList<(ModuleBlueprint Blueprint, Tensor? Bias)> modules, Device device, BankTypes types)
    {
        _additiveMultiple = types.ArePairsInEightBits ? Int8PairBank.RowMultiple : 1;
        _moduleIndex = modules.Select((m, i) => (m.Blueprint.Path, i)).ToDictionary(p => p.Path, p => p.i);
        Modules = [.. modules.Select(m => new ModuleBank(m.Blueprint.InFeatures, m.Blueprint.OutFeatures, m.Bias, device, types))];
    }

    /// <summary>Per module, in the blueprint's order.</summary>
    public IReadOnlyList<ModuleBank> Modules { get; }

    /// <summary>Changes whenever rows are written: gathered copies of older rows are stale then.</summary>
    public long Version { get; private set; }

    /// <summary>Copies an adapter to the device.</summary>
    public InstalledAdapter Install(Adapter adapter)
    {
        int[] rowCounts = new int[Modules.Count], ranks = new int[Modules.Count];
        var scales = new ModuleScales[Modules.Count];
        foreach (ModuleAdapter module in adapter.Modules)
        {
            int index = _moduleIndex[module.Path];
            scales[index] = ModuleBank.Scales(module);
            rowCounts[index] = scales[index] == ModuleScales.None ? 0 : module.RowCount;
            ranks[index] = module.AdditiveRank;
        }

        int rows = rowCounts.Max(), additiveRows = (ranks.Max() + _additiveMultiple - 1) / _additiveMultiple * _additiveMultiple;
        int start = rows == 0 ? 0 : _rows.Take(rows);
        int additiveStart = additiveRows == 0 ? -1 : _additiveRows.Take(additiveRows);
        foreach (ModuleAdapter module in adapter.Modules)
            Modules[_moduleIndex[module.Path]].Write(module, start, _rows.Capacity, additiveStart, _additiveRows.Capacity);
        Version++;
        return new InstalledAdapter
        {
            Adapter = adapter,
            RowStart = start,
            ScaledRows = rows,
            RowCounts = rowCounts,
            Scales = scales,
            AdditiveStart = additiveStart,
            AdditiveRows = additiveRows,
            AdditiveRanks = ranks,
        };
    }

    /// <summary>Frees an adapter's rows for the next one.</summary>
    public void Remove(InstalledAdapter installed)
    {
        if (installed.IsScaled)
            _rows.Return(installed.RowStart, installed.ScaledRows);
        if (installed.IsAdditive)
            _additiveRows.Return(installed.AdditiveStart, installed.AdditiveRows);
    }

    public void Dispose()
    {
        foreach (ModuleBank module in Modules)
            module.Dispose();
    }
}
