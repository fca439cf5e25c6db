using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// The adapters of one step, as data: row maps per rank signature and the gathered bank rows per module. Decoding repeats the
/// same composition for many steps, so maps and (within a budget) gathered rows are kept until it changes.
/// Token order on the flat axis: scaled sequences first, then additive ones, then the base.
/// </summary>
/// <param name="bank">The installed adapters.</param>
/// <param name="dtype">The engine's type.</param>
/// <param name="device">Where the maps go.</param>
/// <param name="gatherScales">False: a kernel reads A, B and beta * b in the bank itself.</param>
/// <param name="loraForm">How additive pairs are computed.</param>
internal sealed class BatchAdapters(AdapterBank bank, ScalarType dtype, Device device, bool gatherScales, LoraForm loraForm = LoraForm.Fastest) : IDisposable
{
    /// <summary>Elements of gathered rows kept between steps; beyond it a module is gathered anew each step. A device has more memory and pays for every launch.</summary>
    private readonly long _keptElementBudget = device.type == TorchSharp.DeviceType.CPU ? 32L << 20 : 512L << 20;

    private readonly RowMap?[] _rows = new RowMap?[bank.Modules.Count];
    private readonly AdditiveMap?[] _additive = new AdditiveMap?[bank.Modules.Count];
    private readonly GatheredRows?[] _gathered = new GatheredRows?[bank.Modules.Count];
    private readonly BatchedPairs?[] _batched = new BatchedPairs?[bank.Modules.Count];
    private readonly List<AdapterTokens> _entries = [];
    private readonly List<IDisposable> _maps = [];
    private long _bankVersion = -1, _keptElements;
    private bool _isMapped;

    /// <summary>Order key on the token axis: scaled (widest first), additive, base.</summary>
    public static int OrderKey(InstalledAdapter? adapter) =>
        adapter == null ? int.MaxValue : adapter.IsScaled ? -adapter.ScaledRows : adapter.IsAdditive ? 0 : int.MaxValue;

    /// <summary>Takes the composition of the next step; cheap when it equals the last one.</summary>
    /// <param name="entries">Per sequence in token order (see <see cref="OrderKey"/>): adapter and tokens.</param>
    public void Update(IReadOnlyList<AdapterTokens> entries)
    {
        if (_bankVersion == bank.Version && Same(entries))
            return;
        Clear();
        _bankVersion = bank.Version;
        _entries.AddRange(entries);
        Revision++;
    }

    /// <summary>Changes with the composition and with the bank's rows.</summary>
    public long Revision { get; private set; }

    /// <summary>Row map of a module, or null: one plain row per token.</summary>
    public RowMap? Rows(int module)
    {
        EnsureMapped();
        return _rows[module];
    }

    /// <summary>Additive pairs of a module, or null: none.</summary>
    public AdditiveMap? Additive(int module)
    {
        EnsureMapped();
        return _additive[module];
    }

    /// <summary>Additive pairs of a module for batched products; null: no such adapters, or they are computed otherwise (<see cref="Additive"/>).</summary>
    public BatchedPairs? Batched(int module)
    {
        if (loraForm == LoraForm.Fastest || Additive(module) is null)
            return null;
        if (_batched[module] is { } kept)
            return kept;
        var made = BatchedPairs.From(bank.Modules[module], module, _entries, dtype, device);
        if (loraForm == LoraForm.BatchedProduct)
            _batched[module] = made.Keep();
        return made;
    }

    /// <summary>True if an adapter of the step touches one of the modules.</summary>
    public bool Touches(int firstModule, int count)
    {
        EnsureMapped();
        for (int m = firstModule; m < firstModule + count; m++)
        {
            if (_rows[m] != null || _additive[m] != null)
                return true;
        }

        return false;
    }

    /// <summary>A module's rows on the device.</summary>
    public ModuleBank Bank(int module) => bank.Modules[module];

    /// <summary>Bank rows laid out for the step; only for modules that are touched.</summary>
    public GatheredRows Gathered(int module)
    {
        if (_gathered[module] is { } kept)
            return kept;
        GatheredRows gathered = GatheredRows.From(bank.Modules[module], gatherScales ? _rows[module] : null, _additive[module]);
        long elements = gathered.ElementCount;
        if (_keptElements + elements <= _keptElementBudget)
        {
            gathered.Keep();
            _gathered[module] = gathered;
            _keptElements += elements;
        }

        return gathered;
    }

    public void Dispose() => Clear();

    /// <summary>Maps are tensors on the device; kernels of our own read the bank by the composition alone and ask for none.</summary>
    private void EnsureMapped()
    {
        if (_isMapped)
            return;
        _isMapped = true;
        MapScaledRows(_entries.TakeWhile(e => e.Adapter is { IsScaled: true }).ToArray(), _entries.Sum(e => e.Tokens));
        int first = _entries.TakeWhile(e => e.Adapter is { IsAdditive: false }).Sum(e => e.Tokens);
        MapAdditivePairs(_entries.Where(e => e.Adapter is { IsAdditive: true }).ToArray(), first);
    }

    private void MapScaledRows(AdapterTokens[] scaled, int tokenCount)
    {
        var known = new Dictionary<string, RowMap>();
        for (int m = 0; m < _rows.Length; m++)
        {
            ModuleScales scales = ModuleScales.None;
            foreach ((InstalledAdapter? adapter, _, _) in scaled)
                scales |= adapter!.Scales[m];
            if (scales == ModuleScales.None)
                continue;
            int module = m;
            string signature = $"{(int)scales}:{string.Join(',', scaled.Select(e => $"{e.Adapter!.RowCounts[module]}/{e.Formed}"))}";
            if (!known.TryGetValue(signature, out RowMap? map))
            {
                map = new RowMap(scaled, module, tokenCount, scales, device);
                known.Add(signature, map);
                _maps.Add(map);
            }

            _rows[m] = map;
        }
    }

    private void MapAdditivePairs(AdapterTokens[] additive, int firstToken)
    {
        var known = new Dictionary<string, AdditiveMap>();
        for (int m = 0; m < _additive.Length; m++)
        {
            int module = m;
            if (additive.All(e => e.Adapter!.AdditiveRanks[module] == 0))
                continue;
            string signature = string.Join(',', additive.Select(e => e.Adapter!.AdditiveRanks[module]));
            if (!known.TryGetValue(signature, out AdditiveMap? map))
            {
                map = new AdditiveMap([.. additive.Select(e => (e.Tokens, e.Adapter!.AdditiveRanks[module], e.Adapter.AdditiveStart))], firstToken, device);
                known.Add(signature, map);
                _maps.Add(map);
            }

            _additive[m] = map;
        }
    }

    private bool Same(IReadOnlyList<AdapterTokens> entries)
    {
        if (entries.Count != _entries.Count)
            return false;
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i] != _entries[i])
                return false;
        }

        return true;
    }

    private void Clear()
    {
        foreach (GatheredRows? gathered in _gathered)
            gathered?.Dispose();
        foreach (IDisposable map in _maps)
            map.Dispose();
        foreach (BatchedPairs? batched in _batched)
            batched?.Dispose();
        Array.Clear(_batched);
        Array.Clear(_gathered);
        Array.Clear(_rows);
        Array.Clear(_additive);
        _maps.Clear();
        _entries.Clear();
        _keptElements = 0;
        _isMapped = false;
    }
}
