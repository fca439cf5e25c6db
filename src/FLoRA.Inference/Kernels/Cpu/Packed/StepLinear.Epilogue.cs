using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What follows a panel's products while they are in the first-level cache: A, bias, additive pair, non-linearity, gate, residual.</summary>
internal sealed unsafe partial class StepLinear
{
    /// <summary>
    /// Asks memory for what <see cref="Finish"/> will read of the adapters, <see cref="AdapterNumbers.LineNumbers"/> outputs at a time: it comes while the panel is multiplied. Eight rank-1 adapters cost a tenth of a
    /// step without: a line here and a line there is what no processor foresees. Asked for twice, once a panel, it costs half a hundredth of a step more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AskForAdapters(int module, int output)
    {
        ModuleRows rows = _rows[module];
        int width = _modules[module].OutFeatures;
        for (int t = 0; rows.Tokens != null && t < _count; t++)
        {
            ref TokenRows own = ref rows.Tokens[t];
            if (own.Bias != rows.Bias)
            {
                Ask(own.Bias + output);
                Ask(own.Bias + output + Lanes);
            }

            for (int row = 0; !own.OutputScale.IsNull && row < own.Count; row++)
                own.OutputScale.AskForLine(((long)row * width) + output);
        }

        for (int t = 0; rows.EightBitPairs != null && t < _count; t++)
        {
            ref Int8Pair pair = ref rows.EightBitPairs[t];
            byte* up = pair.Up + ((long)output * pair.PaddedRank);
            for (int i = 0; i < 2 * pair.PaddedRank; i += Int8Tiles.GroupInputs, up += Int8Tiles.GroupBytes)
                Ask(up);
        }

        for (int t = 0; rows.Pairs != null && t < _count; t++)
        {
            ref SinglePair pair = ref rows.Pairs[t];
            for (int i = 0; i < pair.Rank; i++)
            {
                Ask(pair.Up + ((long)i * width) + output);
                Ask(pair.Up + ((long)i * width) + output + Lanes);
            }
        }
    }

    /// <summary>Sixteen outputs of some tokens, from the sums in the first-level cache to the layer's result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(int module, int begin, int end, int output, float* sums, float* second, int sumStride, PanelEpilogue epilogue, in PanelInput input, float* to, long outputStride)
    {
        ModuleRows rows = _rows[module], gateRows = _rows[epilogue.Gated ? 1 : module];
        if (rows.ScalesAll && !epilogue.Gated)
        {
            FinishScaled(rows.Tokens + begin, rows.Tokens + end, output, _modules[module].OutFeatures, sums + ((long)rows.Tokens[begin].First * sumStride), sumStride, epilogue, to + (begin * outputStride), outputStride);
            return;
        }

        if (rows.HasPairsOnly && !epilogue.Gated)
        {
            byte* inner = (byte*)(input.Room + _additiveAt[module] + (begin * _additiveStride[module]));
            FinishPairs(rows.EightBitPairs + begin, rows.EightBitPairs + end, inner, _additiveStride[module] * sizeof(float), _eightBit!.Path, rows.Bias, output, sums + ((long)begin * sumStride), sumStride, epilogue, to + (begin * outputStride), outputStride);
            return;
        }

        to += begin * outputStride;
        for (int t = begin; t < end; t++, to += outputStride)
        {
            Vector512<float> y = Reduce(rows, module, t, output, sums, sumStride, input);
            if (epilogue.Activation is { } kind)
                y = RowMaths.Activate(kind, y);
            if (epilogue.Gated)
                y *= Reduce(gateRows, 1, t, output, second, sumStride, input);
            if (epilogue.Residual)
                y += Vector512.Load(to);
            y.Store(to);
        }
    }

    /// <summary>The same where every token's rows have scales in bfloat16 and there is nothing else: the same bits in fewer steps, which rank 1 feels (1 % of a step, IA3 3 %).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FinishScaled(TokenRows* token, TokenRows* end, int output, int width, float* sums, int sumStride, PanelEpilogue epilogue, float* to, long outputStride)
    {
        ActivationKind kind = epilogue.Activation.GetValueOrDefault();
        bool isActive = epilogue.Activation.HasValue, isAdded = epilogue.Residual;
        for (; token < end; token++, to += outputStride)
        {
            Vector512<float> y = token->Bias == null ? default : Vector512.Load(token->Bias + output);
            long at = output;
            for (int row = token->Count; row > 0; row--, at += width, sums += sumStride)
                y = Vector512.MultiplyAddEstimate(token->OutputScale.LoadBFloat16(at), Vector512.Load(sums), y);
            if (isActive)
                y = RowMaths.Activate(kind, y);
            if (isAdded)
                y += Vector512.Load(to);
            y.Store(to);
        }
    }

    /// <summary>The same where tokens have nothing but additive pairs in eight bits, or nothing: what a step of LoRAs feels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FinishPairs(Int8Pair* pair, Int8Pair* end, byte* inner, long innerStride, Int8Path path, float* bias, int output, float* sums, int sumStride, PanelEpilogue epilogue, float* to, long outputStride)
    {
        ActivationKind kind = epilogue.Activation.GetValueOrDefault();
        bool isActive = epilogue.Activation.HasValue, isAdded = epilogue.Residual;
        Vector512<float> start = bias == null ? default : Vector512.Load(bias + output);
        for (; pair < end; pair++, inner += innerStride, sums += sumStride, to += outputStride)
        {
            Vector512<float> y = start + Vector512.Load(sums);
            if (pair->Rank > 0)
                y = pair->AddUp(path, inner, output, y);
            if (isActive)
                y = RowMaths.Activate(kind, y);
            if (isAdded)
                y += Vector512.Load(to);
            y.Store(to);
        }
    }

    /// <summary>The same for the last outputs of a layer whose number is no multiple of sixteen.</summary>
    private void FinishRest(int module, int first, int begin, int end, float* sums, float* second, int sumStride, PanelEpilogue epilogue, in PanelInput input, float* to, long outputStride)
    {
        float* y = stackalloc float[Lanes], gate = stackalloc float[Lanes];
        for (int t = 0; t < _count; t++, to += outputStride)
        {
            ReduceRest(module, t, first, begin, end, sums, sumStride, input, y);
            if (epilogue.Activation is { } kind)
                RowMaths.Activate(kind, y, null, Lanes);
            if (epilogue.Gated)
            {
                ReduceRest(1, t, first, begin, end, second, sumStride, input, gate);
                RowMaths.Multiply(y, gate, Lanes, y);
            }

            for (int c = begin; c < end; c++)
                to[c] = epilogue.Residual ? to[c] + y[c - begin] : y[c - begin];
        }
    }

    /// <summary>sum over the token's rows of A_i * sums_i, + beta * b, + U (D x), for sixteen outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Reduce(ModuleRows rows, int module, int token, int output, float* sums, int sumStride, in PanelInput input)
    {
        Vector512<float> sum;
        if (rows.Tokens == null)
        {
            sum = (rows.Bias == null ? default : Vector512.Load(rows.Bias + output)) + Vector512.Load(sums + ((long)token * sumStride));
        }
        else
        {
            ref TokenRows own = ref rows.Tokens[token];
            sum = own.Bias == null ? default : Vector512.Load(own.Bias + output);
            float* z = sums + ((long)own.First * sumStride);
            long at = output, width = _modules[module].OutFeatures;
            if (own.OutputScale.IsNull)
            {
                for (int row = own.Count; row > 0; row--, z += sumStride)
                    sum += Vector512.Load(z);
            }
            else
            {
                sum = Vector512.MultiplyAddEstimate(own.OutputScale.Load(at), Vector512.Load(z), sum);
                for (int row = own.Count - 1; row > 0; row--)
                    sum = Vector512.MultiplyAddEstimate(own.OutputScale.Load(at += width), Vector512.Load(z += sumStride), sum);
            }
        }

        return rows.Adds ? AddPair(rows, module, token, output, input, sum) : sum;
    }

    /// <summary>The same for some outputs of a panel, one by one; zeros behind them.</summary>
    private void ReduceRest(int module, int token, int firstOutput, int begin, int end, float* sums, int sumStride, in PanelInput input, float* y)
    {
        ModuleRows rows = _rows[module];
        TokenRows own = rows.Tokens == null ? new TokenRows { First = token, Count = 1, Bias = rows.Bias } : rows.Tokens[token];
        long width = _modules[module].OutFeatures;
        for (int c = begin; c < end; c++)
        {
            int output = firstOutput + c;
            float sum = own.Bias == null ? 0 : own.Bias[output];
            for (int row = 0; row < own.Count; row++)
                sum = MathF.FusedMultiplyAdd(own.OutputScale.IsNull ? 1 : own.OutputScale[(row * width) + output], sums[((own.First + row) * sumStride) + c], sum);
            y[c - begin] = rows.Adds ? AddPair(rows, module, token, output, input, sum) : sum;
        }

        new Span<float>(y + (end - begin), Lanes - (end - begin)).Clear();
    }

    private static void Ask(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
