using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What follows a panel's products while they are in the first-level cache: A, bias, additive pair, non-linearity, gate, residual.</summary>
internal sealed unsafe partial class StepLinear
{
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

    private struct AdditivePart
    {
        public AdapterNumbers Up;
        public float* Inner;
        public int Rank;
    }
}
