using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// A stacked linear layer in a step: y = sum_i A_i * (W0 (B_i * x)) + beta * b [+ U D x] (Wen and Chaudhuri 2024, equation 3, and DESIGN 1), an adapter being rows of one product.
/// B goes into what is done in front of the product anyway (the norm), A and everything behind it into the panel while it is in the first-level cache: rank 1 adds no pass over memory.
/// </summary>
/// <param name="library">Gives data pointers.</param>
/// <param name="stacked">The layer, float32 on the CPU or in eight bits; must outlive this.</param>
/// <param name="firstModule">Index of its first module in the bank; null: no adapter touches it.</param>
/// <param name="norm">In front of it, or null.</param>
/// <param name="epsilon">Of the norm.</param>
/// <param name="batching">LoRA is computed by batched products; null: as is fastest.</param>
internal sealed unsafe partial class StepLinear(TorchCpuLibrary library, StackedLinear stacked, int? firstModule, PackedNorm? norm, float epsilon, LoraBatching? batching = null) : IDisposable
{
    private readonly PanelWeight[] _modules = stacked.EightBit.Count > 0 ? [.. stacked.EightBit] : Pack(library, stacked);
    private readonly Int8Weight? _eightBit = stacked.EightBit.Count > 0 ? stacked.EightBit[0] : null;
    private readonly ModuleRows[] _rows = Rows(library, stacked);
    private readonly int _inputs = stacked.Blueprint.InFeatures;
    private readonly long[] _expandedAt = new long[stacked.Blueprint.Modules.Count];
    private readonly long[] _additiveAt = new long[stacked.Blueprint.Modules.Count];

    private readonly TorchInt8Product? _manyRows = stacked.EightBit.Count > 0 ? library.Int8Product : null;

    private const int Lanes = 16;

    private readonly int _panels = Panels(stacked);
    private readonly long[] _additiveStride = new long[stacked.Blueprint.Modules.Count];
    private long _revision = -1, _room;
    private int _count, _mostAdditiveRows, _formedRank;
    private bool _prepares, _sharesRows, _isMany;

    /// <summary>Outputs of all modules.</summary>
    public int Outputs { get; } = stacked.Blueprint.OutFeatures;

    /// <summary>Inputs.</summary>
    public int Inputs => _inputs;

    /// <summary>Numbers of the weights.</summary>
    public long WeightCount { get; } = (long)stacked.Blueprint.OutFeatures * stacked.Blueprint.InFeatures;

    /// <summary>Takes the adapters of a step.</summary>
    /// <param name="adapters">The step's adapters.</param>
    /// <param name="tokens">The step.</param>
    /// <param name="count">Rows of the input: the step's tokens, or those that need logits.</param>
    /// <returns>Numbers that <see cref="Prepare"/> needs room for.</returns>
    public long Take(BatchAdapters adapters, StepTokens tokens, int count)
    {
        if (_revision == adapters.Revision && _count == count)
            return _room;
        (_revision, _count, _mostAdditiveRows) = (adapters.Revision, count, tokens.MostAdditiveRows);
        _prepares = norm is not null || _eightBit is not null;
        _sharesRows = false;
        MostRows = _formedRank = 0;
        long stride = _modules[0].RowStride, room = _prepares ? count * stride : 0;
        for (int m = 0; m < _rows.Length; m++)
        {
            if (firstModule is { } module)
                _rows[m].Take(tokens.Composition, count, module + m, adapters.Bank(module + m), library);
            else
                _rows[m].TakeNone(count);
            _prepares |= _rows[m].Expands || _rows[m].Adds;
            _sharesRows |= !_rows[m].Expands || _rows[m].EightBitPairs != null;
            _expandedAt[m] = room;
            room += _rows[m].Expands ? _rows[m].Count * stride : 0;
            _additiveAt[m] = room;
            _additiveStride[m] = _bmm is not null ? _modules[m].OutFeatures : !_rows[m].Adds ? 0 : _rows[m].Pairs != null ? tokens.MostAdditiveRows : Int8Rows.Stride(tokens.MostAdditiveRows) / sizeof(float);
            room += count * _additiveStride[m];
            MostRows = Math.Max(MostRows, _rows[m].Count);
            _formedRank = Math.Max(_formedRank, _rows[m].FormedRank);
        }

        _unroundedAt = room;
        if (_bmm is not null)
            room += TakeBatched(tokens, count);
        _isMany = _manyRows is not null && MostRows >= ManyRows;
        return _room = room;
    }

    /// <summary>The largest number of rows among the modules.</summary>
    public int MostRows { get; private set; }

    /// <summary>Numbers that a worker needs for itself: two panels of all rows, or two inputs; where there are many rows, panels in libtorch's form; and what forming panels takes.</summary>
    public long ScratchCount => Math.Max(2L * MostRows * SumStride, (2 * StepTokens.Stride(_inputs)) + _mostAdditiveRows) + PlainCount + FormedCount;

    /// <summary>Numbers of the panels in libtorch's form.</summary>
    private long PlainCount => _isMany ? _eightBit!.PlainCount(ManyPanels) : 0;

    private long FormedCount => _formedRank == 0 ? 0 : _eightBit is null ? PanelProduct.FormedCount : _eightBit.FormedCount(ManyPanels, _formedRank);

    /// <summary>Numbers from row to row of the sums.</summary>
    private int SumStride => _isMany ? ManyPanels * _modules[0].Columns : _modules[0].Columns;

    /// <summary>Norm, expansion to rows, D x.</summary>
    /// <param name="input">[tokens, in].</param>
    /// <param name="inputStride">Numbers from token to token.</param>
    /// <param name="room">See <see cref="Take"/>; every worker passes the same.</param>
    /// <param name="scratch">The worker's own room for <see cref="ScratchCount"/> numbers.</param>
    /// <param name="worker">Which.</param>
    /// <param name="team">All.</param>
    /// <returns>What the modules without rows of their own multiply.</returns>
    public PanelInput Prepare(float* input, long inputStride, float* room, float* scratch, int worker, KernelTeam team)
    {
        if (!_prepares)
            return new PanelInput { Rows = input, Stride = inputStride, Room = room };
        long stride = _modules[0].RowStride;
        bool isCopied = norm is not null || _eightBit is not null;
        while (team.Next(worker, _count, 1, out int t, out _))
        {
            float* x = input + (t * inputStride), own = room + (t * stride);
            for (int m = 0; m < _rows.Length; m++)
            {
                if (_rows[m].Expands && !_rows[m].Tokens[t].InputScale.IsNull)
                    _rows[m].Tokens[t].InputScale.AskForFirst(_inputs);
            }

            if (norm is not null)
            {
                float* normal = _eightBit is null ? own : scratch;
                norm.Apply(x, _inputs, epsilon, normal);
                x = normal;
            }

            if (_bmm is not null)
                new ReadOnlySpan<float>(x, _inputs).CopyTo(new Span<float>(room + _unroundedAt + ((long)t * _inputs), _inputs));
            if (_sharesRows)
                _eightBit?.Quantise(x, _isMany, own);
            for (int m = 0; m < _rows.Length; m++)
            {
                if (_rows[m].Expands)
                    Expand(_rows[m].Tokens[t], x, room + _expandedAt[m], stride, scratch + StepTokens.Stride(_inputs));
                if (_rows[m].Adds && _bmm is null)
                    MultiplyDown(_rows[m], t, x, own, room + _additiveAt[m] + (t * _additiveStride[m]), scratch + StepTokens.Stride(_inputs));
            }
        }

        if (_bmm is not null)
            MultiplyBatched(room, worker, team);
        return new PanelInput { Rows = isCopied ? room : input, Stride = isCopied ? stride : inputStride, Room = room };
    }

    public void Dispose()
    {
        foreach (ModuleRows rows in _rows)
            rows.Dispose();
        foreach (LoraBmm module in _bmm ?? [])
            module.Dispose();
        if (_eightBit is not null)
            return; // the model's own
        foreach (PanelWeight module in _modules)
            module.Dispose();
    }

    /// <summary>B_i * x for each row of a token, in the weight's own form; a token without scaled rows is taken as it is.</summary>
    private void Expand(in TokenRows own, float* x, float* expanded, long stride, float* scratch)
    {
        bool scaled = !own.InputScale.IsNull;
        for (int row = 0; row < own.Count; row++)
        {
            float* to = expanded + ((own.First + row) * stride);
            AdapterNumbers factors = scaled ? own.InputScale.At((long)row * _inputs) : default;
            if (_eightBit is not null && scaled)
                _eightBit.Quantise(x, factors, _isMany, scratch, to);
            else if (_eightBit is not null)
                _eightBit.Quantise(x, _isMany, to);
            else if (scaled)
                factors.Multiply(x, _inputs, to);
            else
                new ReadOnlySpan<float>(x, _inputs).CopyTo(new Span<float>(to, _inputs));
        }
    }

    private static PanelWeight[] Pack(TorchCpuLibrary library, StackedLinear stacked)
    {
        float* weight = library.Pointer<float>(stacked.Weight);
        var modules = new PanelWeight[stacked.Blueprint.Modules.Count];
        for (int m = 0; m < modules.Length; m++)
        {
            ModuleBlueprint module = stacked.Blueprint.Modules[m];
            modules[m] = new PackedWeight(weight, module.OutFeatures, module.InFeatures);
            weight += (long)module.OutFeatures * module.InFeatures;
        }

        return modules;
    }

    private static ModuleRows[] Rows(TorchCpuLibrary library, StackedLinear stacked)
    {
        var rows = new ModuleRows[stacked.Blueprint.Modules.Count];
        float* bias = stacked.Bias is null ? null : library.Pointer<float>(stacked.Bias);
        for (int m = 0; m < rows.Length; m++)
        {
            rows[m] = new ModuleRows(bias);
            bias += bias == null ? 0 : stacked.Blueprint.Modules[m].OutFeatures;
        }

        return rows;
    }

    private static int Panels(StackedLinear stacked)
    {
        int columns = stacked.EightBit.Count > 0 ? Int8Tiles.Columns : PanelShape.Columns;
        return stacked.Blueprint.Modules.Sum(m => (m.OutFeatures + columns - 1) / columns);
    }
}
