using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
internal sealed unsafe class StepLinear(TorchCpuLibrary library, StackedLinear stacked, int? firstModule, PackedNorm? norm, float epsilon) : IDisposable
{
    private readonly PanelWeight[] _modules = stacked.EightBit.Count > 0 ? [.. stacked.EightBit] : Pack(library, stacked);
    private readonly Int8Weight? _eightBit = stacked.EightBit.Count > 0 ? stacked.EightBit[0] : null;
    private readonly nint[] _biases = Biases(library, stacked);
    private readonly ModuleRows[] _rows = new ModuleRows[stacked.Blueprint.Modules.Count];
    private readonly int _inputs = stacked.Blueprint.InFeatures;
    private readonly long[] _expandedAt = new long[stacked.Blueprint.Modules.Count];
    private readonly long[] _additiveAt = new long[stacked.Blueprint.Modules.Count];

    /// <summary>Panels in eight bits that are multiplied at once where there are many rows, and rows from which that pays: below, putting the weights into libtorch's form costs more than its product wins (docs/LOG.md).</summary>
    private const int ManyPanels = 16, ManyRows = 96;

    private readonly TorchInt8Product? _manyRows = stacked.EightBit.Count > 0 ? library.Int8Product : null;

    /// <summary>Fewest panels in eight bits that a worker takes one after the other: it asks memory for the next while it computes one.</summary>
    private const int EightBitGrain = 2;

    private const int Lanes = 16;

    private IReadOnlyList<(InstalledAdapter? Adapter, int Tokens)> _composition = [];
    private int[] _entryOfToken = [];
    private int _count, _panels;
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
        _count = count;
        _panels = 0;
        for (int m = 0; m < _modules.Length; m++)
            _panels += _modules[m].PanelCount;
        _composition = tokens.Composition;
        _entryOfToken = tokens.EntryOfToken;
        _prepares = norm is not null || _eightBit is not null;
        _sharesRows = false;
        MostRows = 0;
        long stride = _modules[0].RowStride, room = _prepares ? count * stride : 0;
        for (int m = 0; m < _rows.Length; m++)
        {
            _rows[m] = firstModule is { } module
                ? ModuleRows.Of(adapters, module + m, count, (float*)_biases[m], library)
                : new ModuleRows { Count = count, Bias = (float*)_biases[m] };
            _prepares |= _rows[m].Expands || _rows[m].Adds;
            _sharesRows |= !_rows[m].Expands;
            _expandedAt[m] = room;
            room += _rows[m].Expands ? _rows[m].Count * stride : 0;
            _additiveAt[m] = room;
            room += _rows[m].Adds ? (long)count * tokens.MostAdditiveRows : 0;
            MostRows = Math.Max(MostRows, _rows[m].Count);
        }

        _isMany = _manyRows is not null && MostRows >= ManyRows;
        return room;
    }

    /// <summary>The largest number of rows among the modules.</summary>
    public int MostRows { get; private set; }

    /// <summary>Numbers that a worker needs for itself: two panels of all rows, or two inputs.</summary>
    public long ScratchCount => Math.Max(2L * MostRows * SumStride, 2 * StepTokens.Stride(_inputs)) + (_isMany ? (long)SumStride * PanelShape.RoundUp(_inputs, 64) / sizeof(float) : 0);

    /// <summary>Numbers from row to row of the sums.</summary>
    private int SumStride => _isMany ? ManyPanels * _modules[0].Columns : _modules[0].Columns;

    /// <summary>Norm, expansion to rows, D x.</summary>
    /// <param name="input">[tokens, in].</param>
    /// <param name="inputStride">Numbers from token to token.</param>
    /// <param name="tokens">The step.</param>
    /// <param name="room">See <see cref="Take"/>; every worker passes the same.</param>
    /// <param name="scratch">The worker's own room for <see cref="ScratchCount"/> numbers.</param>
    /// <param name="worker">Which.</param>
    /// <param name="team">All.</param>
    /// <returns>What the modules without rows of their own multiply.</returns>
    public PanelInput Prepare(float* input, long inputStride, StepTokens tokens, float* room, float* scratch, int worker, KernelTeam team)
    {
        if (!_prepares)
            return new PanelInput { Rows = input, Stride = inputStride, Room = room };
        long stride = _modules[0].RowStride;
        bool isCopied = norm is not null || _eightBit is not null;
        while (team.Next(worker, _count, 1, out int t, out _))
        {
            float* x = input + (t * inputStride), own = room + (t * stride);
            if (norm is not null)
            {
                float* normal = _eightBit is null ? own : scratch;
                norm.Apply(x, _inputs, epsilon, normal);
                x = normal;
            }

            if (_sharesRows)
                _eightBit?.Quantise(x, _isMany, own);
            for (int m = 0; m < _rows.Length; m++)
            {
                if (_rows[m].Expands)
                    Expand(_rows[m], x, t, room + _expandedAt[m], stride, scratch + StepTokens.Stride(_inputs));
                if (_rows[m].Adds)
                    MultiplyDown(_rows[m], firstModule!.Value + m, x, t, room + _additiveAt[m] + ((long)t * tokens.MostAdditiveRows));
            }
        }

        return new PanelInput { Rows = isCopied ? room : input, Stride = isCopied ? stride : inputStride, Room = room };
    }

    /// <summary>output = epilogue(product), panel by panel.</summary>
    /// <param name="input">What <see cref="Prepare"/> gave.</param>
    /// <param name="tokens">The step.</param>
    /// <param name="epilogue">What happens to the product.</param>
    /// <param name="output">[tokens, outputs]; residual: the stream that is added to.</param>
    /// <param name="outputStride">Numbers from token to token.</param>
    /// <param name="sums">The worker's room for two panels of all rows.</param>
    /// <param name="worker">Which.</param>
    /// <param name="team">All.</param>
    public void Multiply(in PanelInput input, StepTokens tokens, PanelEpilogue epilogue, float* output, long outputStride, float* sums, int worker, KernelTeam team)
    {
        int panels = epilogue.Gated ? _modules[0].PanelCount : _panels, module = 0, skipped = 0;
        int grain = _isMany ? ManyPanels : _eightBit is null ? 1 : EightBitGrain;
        bool Next(out int begin, out int end) => _eightBit is null || _isMany ? team.Next(worker, panels, grain, out begin, out end) : team.NextShare(worker, panels, grain, out begin, out end);
        while (Next(out int p, out int end))
        {
            while (p < end)
            {
                while (p - skipped >= _modules[module].PanelCount)
                    skipped += _modules[module++].PanelCount;
                int some = _isMany ? Math.Min(end - p, _modules[module].PanelCount - (p - skipped)) : 1;
                MultiplyPanels(module, p - skipped, some, input, tokens, epilogue, output, outputStride, sums);
                p += some;
            }
        }
    }

    private void MultiplyPanels(int module, int panel, int panels, in PanelInput input, StepTokens tokens, PanelEpilogue epilogue, float* output, long outputStride, float* sums)
    {
        int columns = panels * _modules[module].Columns, first = panel * _modules[module].Columns, valid = Math.Min(columns, _modules[module].OutFeatures - first);
        float* to = output + first, second = sums + ((long)MostRows * SumStride);
        for (int m = 0; m < module; m++)
            to += _modules[m].OutFeatures;
        if (!_isMany)
            AskForAdapters(module, first, tokens);
        if (!_isMany && epilogue.Gated)
            AskForAdapters(1, first, tokens);
        Sums(module, panel, panels, input, sums, sums + (2L * MostRows * SumStride));
        if (epilogue.Gated)
            Sums(1, panel, panels, input, second, sums + (2L * MostRows * SumStride));
        int whole = valid / Lanes * Lanes;
        for (int c = 0; c < whole; c += Lanes)
            Finish(module, first + c, sums + c, second + c, columns, epilogue, input, tokens, to + c, outputStride);
        if (whole < valid)
            FinishRest(module, first, whole, valid, sums, second, columns, epilogue, input, tokens, to, outputStride);
    }

    public void Dispose()
    {
        if (_eightBit is not null)
            return; // the model's own
        foreach (PanelWeight module in _modules)
            module.Dispose();
    }

    /// <summary>sums[row, column] of some panels for all rows of the module.</summary>
    private void Sums(int module, int panel, int panels, in PanelInput input, float* sums, float* plain)
    {
        bool expands = _rows[module].Expands;
        float* x = expands ? input.Room + _expandedAt[module] : input.Rows;
        if (_isMany)
            ((Int8Weight)_modules[module]).MultiplyMany(_manyRows!, panel, panels, x, _rows[module].Count, (sbyte*)plain, sums);
        else
            _modules[module].Multiply(panel, x, expands ? _modules[module].RowStride : input.Stride, _rows[module].Count, sums);
    }

    /// <summary>
    /// Asks memory for what <see cref="Finish"/> will read of the adapters: it comes while the panel is multiplied. Eight rank-1 adapters cost a tenth of a step without: a line here and a line there is what no
    /// processor foresees.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AskForAdapters(int module, int output, StepTokens tokens)
    {
        ref ModuleRows rows = ref _rows[module];
        if (rows.OutputScale.IsNull && rows.ScaledBias.IsNull && !rows.Adds)
            return;
        long width = _modules[module].OutFeatures;
        int lines = (_modules[0].Columns + Lanes - 1) / Lanes;
        for (int line = 0; line < lines; line++, output += Lanes)
        {
            for (int t = 0; t < rows.ScaledTokens; t++)
            {
                if (!rows.ScaledBias.IsNull)
                    rows.ScaledBias.AskFor((rows.BankRowOfToken[t] * width) + output);
                (long first, long end) = rows.RowsOf(t);
                for (long row = first; !rows.OutputScale.IsNull && row < end; row++)
                    rows.OutputScale.AskFor((rows.BankRowOfRow[row] * width) + output);
            }

            for (int e = 0; rows.Adds && e < tokens.Composition.Count; e++)
            {
                if (tokens.Composition[e].Adapter is not { } adapter)
                    continue;
                int rank = adapter.AdditiveRanks[firstModule!.Value + module];
                for (int i = 0; i < rank; i += rows.IsUpInPanels ? 2 : 1)
                    rows.Up.AskFor((adapter.AdditiveStart * width) + UpAt(rows, i, rank, output, width));
            }
        }
    }

    /// <summary>Sixteen outputs of all tokens, from the sums in the first-level cache to the layer's result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(int module, int output, float* sums, float* second, int sumStride, PanelEpilogue epilogue, in PanelInput input, StepTokens tokens, float* to, long outputStride)
    {
        ref ModuleRows rows = ref _rows[module], gateRows = ref _rows[epilogue.Gated ? 1 : module];
        for (int t = 0; t < _count; t++, to += outputStride)
        {
            Vector512<float> y = Reduce(rows, module, t, output, sums, sumStride, input, tokens);
            if (epilogue.Activation is { } kind)
                y = RowMaths.Activate(kind, y);
            if (epilogue.Gated)
                y *= Reduce(gateRows, 1, t, output, second, sumStride, input, tokens);
            if (epilogue.Residual)
                y += Vector512.Load(to);
            y.Store(to);
        }
    }

    /// <summary>The same for the last outputs of a layer whose number is no multiple of sixteen.</summary>
    private void FinishRest(int module, int first, int begin, int end, float* sums, float* second, int sumStride, PanelEpilogue epilogue, in PanelInput input, StepTokens tokens, float* to, long outputStride)
    {
        float* y = stackalloc float[Lanes], gate = stackalloc float[Lanes];
        for (int t = 0; t < _count; t++, to += outputStride)
        {
            ReduceRest(module, t, first, begin, end, sums, sumStride, input, tokens, y);
            if (epilogue.Activation is { } kind)
                RowMaths.Activate(kind, y, null, Lanes);
            if (epilogue.Gated)
            {
                ReduceRest(1, t, first, begin, end, second, sumStride, input, tokens, gate);
                RowMaths.Multiply(y, gate, Lanes, y);
            }

            for (int c = begin; c < end; c++)
                to[c] = epilogue.Residual ? to[c] + y[c - begin] : y[c - begin];
        }
    }

    /// <summary>sum over the token's rows of A_i * sums_i, + beta * b, + U (D x), for sixteen outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Reduce(in ModuleRows rows, int module, int token, int output, float* sums, int sumStride, in PanelInput input, StepTokens tokens)
    {
        Vector512<float> sum = rows.Bias == null ? default : Vector512.Load(rows.Bias + output);
        if (rows.FirstRowOfToken == null)
        {
            sum += Vector512.Load(sums + ((long)token * sumStride));
        }
        else
        {
            long width = _modules[module].OutFeatures;
            bool scaled = token < rows.ScaledTokens;
            AdapterNumbers a = scaled ? rows.OutputScale : default;
            if (scaled && !rows.ScaledBias.IsNull)
                sum = rows.ScaledBias.Load((rows.BankRowOfToken[token] * width) + output);
            for (long row = rows.FirstRowOfToken[token]; row < rows.FirstRowOfToken[token + 1]; row++)
            {
                Vector512<float> z = Vector512.Load(sums + (row * sumStride));
                sum = a.IsNull ? sum + z : Vector512.MultiplyAddEstimate(a.Load((rows.BankRowOfRow[row] * width) + output), z, sum);
            }
        }

        if (rows.Adds)
        {
            long width = _modules[module].OutFeatures;
            AdditivePart additive = Additive(module, token, input, tokens, width);
            long at = UpAt(rows, 0, additive.Rank, output, width), step = rows.IsUpInPanels ? Lanes : width;
            for (int i = 0; i < additive.Rank; i++, at += step)
                sum = Vector512.MultiplyAddEstimate(Vector512.Create(additive.Inner[i]), additive.Up.Load(at), sum);
        }

        return sum;
    }

    /// <summary>The same for some outputs of a panel, one by one; zeros behind them.</summary>
    private void ReduceRest(int module, int token, int firstOutput, int begin, int end, float* sums, int sumStride, in PanelInput input, StepTokens tokens, float* y)
    {
        ref ModuleRows rows = ref _rows[module];
        long width = _modules[module].OutFeatures;
        (long firstRow, long endRow) = rows.RowsOf(token);
        bool scaled = token < rows.ScaledTokens;
        AdapterNumbers bias = scaled && !rows.ScaledBias.IsNull ? rows.ScaledBias.At(rows.BankRowOfToken[token] * width) : new AdapterNumbers(rows.Bias, NumberType.Single);
        AdapterNumbers a = scaled ? rows.OutputScale : default;
        AdditivePart additive = Additive(module, token, input, tokens, width);
        for (int c = begin; c < end; c++)
        {
            float sum = bias.IsNull ? 0 : bias[firstOutput + c];
            for (long row = firstRow; row < endRow; row++)
                sum = MathF.FusedMultiplyAdd(a.IsNull ? 1 : a[(rows.BankRowOfRow[row] * width) + firstOutput + c], sums[(row * sumStride) + c], sum);
            for (int i = 0; i < additive.Rank; i++)
                sum = MathF.FusedMultiplyAdd(additive.Inner[i], additive.Up[UpAt(rows, i, additive.Rank, firstOutput + c, width)], sum);
            y[c - begin] = sum;
        }

        new Span<float>(y + (end - begin), Lanes - (end - begin)).Clear();
    }

    /// <summary>Where in an adapter's part of U a number stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long UpAt(in ModuleRows rows, int row, int rank, int output, long width) =>
        rows.IsUpInPanels ? ((((long)(output / Lanes) * rank) + row) * Lanes) + (output % Lanes) : (row * width) + output;

    private AdditivePart Additive(int module, int token, in PanelInput input, StepTokens tokens, long width)
    {
        InstalledAdapter? adapter = _rows[module].Adds ? _composition[_entryOfToken[token]].Adapter : null;
        return adapter is null || adapter.AdditiveRanks[firstModule!.Value + module] == 0 ? default : new AdditivePart
        {
            Up = _rows[module].Up.At(adapter.AdditiveStart * width),
            Inner = input.Room + _additiveAt[module] + ((long)token * tokens.MostAdditiveRows),
            Rank = adapter.AdditiveRanks[firstModule.Value + module],
        };
    }

    private void MultiplyDown(in ModuleRows rows, int module, float* x, int token, float* inner)
    {
        if (_composition[_entryOfToken[token]].Adapter is not { } adapter)
            return;
        for (int i = 0; i < adapter.AdditiveRanks[module]; i++)
            inner[i] = rows.Down.At((adapter.AdditiveStart + i) * (long)_inputs).Dot(x, _inputs);
    }

    /// <summary>B_i * x for each row of a token, in the weight's own form; a token without scaled rows is taken as it is.</summary>
    private void Expand(in ModuleRows rows, float* x, int token, float* expanded, long stride, float* scratch)
    {
        (long first, long end) = rows.RowsOf(token);
        for (long row = first; row < end; row++)
        {
            float* to = expanded + (row * stride);
            bool scaled = token < rows.ScaledTokens && !rows.InputScale.IsNull;
            if (scaled)
                rows.InputScale.At(rows.BankRowOfRow[row] * _inputs).Multiply(x, _inputs, _eightBit is null ? to : scratch);
            if (_eightBit is not null)
                _eightBit.Quantise(scaled ? scratch : x, _isMany, to);
            else if (!scaled)
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

    private static nint[] Biases(TorchCpuLibrary library, StackedLinear stacked)
    {
        var biases = new nint[stacked.Blueprint.Modules.Count];
        float* bias = stacked.Bias is null ? null : library.Pointer<float>(stacked.Bias);
        for (int m = 0; bias != null && m < biases.Length; m++)
        {
            biases[m] = (nint)bias;
            bias += stacked.Blueprint.Modules[m].OutFeatures;
        }

        return biases;
    }

    private struct AdditivePart
    {
        public AdapterNumbers Up;
        public float* Inner;
        public int Rank;
    }
}

/// <summary>What a product's panels multiply.</summary>
internal unsafe struct PanelInput
{
    /// <summary>[tokens, in].</summary>
    public float* Rows;

    /// <summary>Numbers from token to token.</summary>
    public long Stride;

    /// <summary>Where rows of adapters are.</summary>
    public float* Room;
}

/// <summary>What happens to a product's panel.</summary>
/// <param name="Activation">Non-linearity, or null.</param>
/// <param name="Gated">The layer stacks [gate; up]: act(gate) * up.</param>
/// <param name="Residual">It is added to what the output holds.</param>
internal readonly record struct PanelEpilogue(ActivationKind? Activation = null, bool Gated = false, bool Residual = false);
