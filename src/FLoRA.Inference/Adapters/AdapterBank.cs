using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// All installed adapters on the device. One row space for the scaled rows (fLoRA, IA3, HiRA), one for the additive pairs
/// (LoRA) where these are tensors; a module's tensors exist only where an adapter targets it. Used by the engine thread only.
/// </summary>
internal sealed class AdapterBank : IDisposable
{
    private readonly RangeAllocator _rows, _pairRows;
    private readonly HashSet<PairBlock> _pairBlocks = [];
    private PairBlock? _spare; // of the adapter that was removed last: the next one of that size need not touch new pages
    private int _installedCount;

    /// <summary>A small one whose adapters keep their numbers; for measurements and tests.</summary>
    /// <param name="modules">Every linear module with its bias or null; takes over the biases.</param>
    /// <param name="device">Where the rows live.</param>
    /// <param name="dtype">Type of everything in it.</param>
    public AdapterBank(IReadOnlyList<(ModuleBlueprint Blueprint, Tensor? Bias)> modules, Device device, ScalarType dtype)
        : this(modules, device, BankTypes.Of(dtype))
    {
    }

    /// <summary>The same.</summary>
    /// <param name="modules">Every linear module with its bias [out], in the blueprint's order.</param>
    /// <param name="device">Where the rows live.</param>
    /// <param name="types">How adapters lie in it.</param>
    public AdapterBank(IReadOnlyList<(ModuleBlueprint Blueprint, Tensor? Bias)> modules, Device device, BankTypes types)
        : this(modules, device, new BankLayout(modules.Select(m => m.Blueprint), types, keepsNumbers: true), BankCapacity.Small)
    {
    }

    /// <param name="modules">Every linear module with its bias [out], in the blueprint's order.</param>
    /// <param name="device">Where the rows live.</param>
    /// <param name="layout">How adapters lie in it; of the same modules.</param>
    /// <param name="capacity">What it can hold.</param>
    public AdapterBank(IReadOnlyList<(ModuleBlueprint Blueprint, Tensor? Bias)> modules, Device device, BankLayout layout, BankCapacity capacity)
    {
        Layout = layout;
        Capacity = capacity;
        _rows = new RangeAllocator(first: 1, capacity.Rows); // row 0 is the neutral one
        _pairRows = new RangeAllocator(first: 0, capacity.PairRows);
        Modules = [.. modules.Select((m, i) => new ModuleBank(m.Blueprint.InFeatures, m.Blueprint.OutFeatures, m.Bias, device, layout.Types, capacity))];
    }

    /// <summary>How adapters lie in it.</summary>
    public BankLayout Layout { get; }

    /// <summary>What it can hold.</summary>
    public BankCapacity Capacity { get; }

    /// <summary>Per module, in the blueprint's order.</summary>
    public IReadOnlyList<ModuleBank> Modules { get; }

    /// <summary>Changes whenever rows are written: gathered copies of older rows are stale then.</summary>
    public long Version { get; private set; }

    /// <summary>Copies an adapter to the device; null where its rows find no place side by side.</summary>
    public InstalledAdapter? TryInstall(AdapterImage image)
    {
        int rows = image.ScaledRows, pairRows = Layout.Types.ArePairsInEightBits ? 0 : image.PairRank;
        int start = rows == 0 ? 0 : _rows.TryTake(rows);
        int pairStart = pairRows == 0 ? -1 : _pairRows.TryTake(pairRows);
        if (start < 0 || (pairRows > 0 && pairStart < 0))
        {
            Return(start, rows, pairStart, pairRows);
            return null;
        }

        PairBlock? pairs = null;
        try
        {
            pairs = image.PairRank > 0 && pairRows == 0 ? TakeBlock(image) : null;
            foreach (ModuleImage module in image.Modules)
                Modules[module.Module].Write(module, start, image.RowCounts[module.Module], _rows.TouchedEnd, pairStart, image.AdditiveRanks[module.Module]);
            Version++;
            return new InstalledAdapter
            {
                Adapter = image.Adapter,
                Ordinal = ++_installedCount,
                RowStart = start,
                ScaledRows = rows,
                RowCounts = image.RowCounts,
                Scales = image.Scales,
                AdditiveStart = pairStart,
                AdditiveRows = image.PairRank,
                AdditiveRanks = image.AdditiveRanks,
                EightBitPairs = pairs,
            };
        }
        catch
        {
            Return(start, rows, pairStart, pairRows);
            if (pairs is not null && _pairBlocks.Remove(pairs))
                pairs.Dispose();
            throw;
        }
    }

    /// <summary>Packs and installs; for measurements and tests.</summary>
    /// <exception cref="InvalidOperationException">The bank is full.</exception>
    public InstalledAdapter Install(Adapter adapter) =>
        TryInstall(AdapterPacker.Pack(adapter, Layout)) ?? throw new InvalidOperationException($"The bank has no {adapter.RowWidth} rows side by side: it has {Capacity.Rows} and {Capacity.PairRows} for pairs.");

    /// <summary>Frees an adapter's rows for the next one.</summary>
    public void Remove(InstalledAdapter installed)
    {
        Return(installed.RowStart, installed.ScaledRows, installed.AdditiveStart, installed.EightBitPairs is null ? installed.AdditiveRows : 0);
        if (installed.EightBitPairs is not { } pairs)
            return;
        _pairBlocks.Remove(pairs);
        _spare?.Dispose();
        _spare = pairs;
    }

    public void Dispose()
    {
        _spare?.Dispose();
        foreach (PairBlock pairs in _pairBlocks)
            pairs.Dispose();
        foreach (ModuleBank module in Modules)
            module.Dispose();
    }

    private PairBlock TakeBlock(AdapterImage image)
    {
        PairBlock block = PairBlock.Of(image, Layout, ref _spare);
        _pairBlocks.Add(block);
        return block;
    }

    private void Return(int start, int rows, int pairStart, int pairRows)
    {
        if (rows > 0 && start >= 0)
            _rows.Return(start, rows);
        if (pairRows > 0 && pairStart >= 0)
            _pairRows.Return(pairStart, pairRows);
    }
}
