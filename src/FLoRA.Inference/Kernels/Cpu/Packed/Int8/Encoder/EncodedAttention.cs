using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// A token's attention to an encoder's result in eight bits, straight over the paged cache: the query is rounded, its products with keys are exact; the softmax and its sums of values are float32, in one order.
/// </summary>
/// <param name="rows">How keys and values lie.</param>
/// <param name="scale">Factor on query x key.</param>
/// <param name="path">Instructions; the same bits with all.</param>
internal sealed unsafe class EncodedAttention(EncodedRows rows, float scale, Int8Path path)
{
    private const int Lanes = 16, Bytes = 32, Together = 4, Chains = 2, Wide = 4 * Lanes;

    /// <summary>Blocks that memory is asked for ahead: a head's part of one is a thousand bytes, read in a fraction of the time that memory takes to begin (measured: 4 and 2 are slower, and so are two and four heads at a time).</summary>
    private const int AheadBlocks = 8;

    private readonly int _headDim = rows.HeadDim, _headBytes = rows.HeadBytes, _blockTokens = rows.BlockTokens;

    /// <summary>output = softmax(scale x query . keys) values, for one head.</summary>
    /// <param name="cache">The layer.</param>
    /// <param name="view">The encoder's result; from its first position on.</param>
    /// <param name="head">Which head.</param>
    /// <param name="query">[head dim].</param>
    /// <param name="weights">Room for a number per position, padded to 16.</param>
    /// <param name="output">[head dim].</param>
    public void Attend(float* cache, in TokenView view, int head, float* query, float* weights, float* output)
    {
        byte* rounded = stackalloc byte[(int)Int8Rows.Stride(_headDim)];
        Int8Rows.Quantise(query, _headDim, 0, rounded);
        float factor = Int8Rows.Scale(rounded) * scale;
        for (int p = 0; p < view.End; p += _blockTokens)
        {
            int block = view.Blocks[p / _blockTokens];
            AskFor(cache, view, p, 0, head);
            Score(rows.Bytes(cache, block, 0, head), rows.Scales(cache, block, 0, head), Math.Min(view.End - p, _blockTokens), Int8Rows.Bytes(rounded), factor, weights + p);
        }

        factor = RowMaths.Softmax(weights, view.End);
        Sum(cache, view, head, weights, factor, output);
    }

    /// <summary>output = factor x weights x values, a block at a time.</summary>
    private void Sum(float* cache, in TokenView view, int head, float* weights, float factor, float* output)
    {
        int wide = _headDim / Wide * Wide;
        float* sums = stackalloc float[(Chains * wide) + 1];
        new Span<float>(sums, Chains * wide).Clear();
        for (int p = 0; p < view.End; p += _blockTokens)
        {
            int block = view.Blocks[p / _blockTokens], some = Math.Min(view.End - p, _blockTokens);
            AskFor(cache, view, p, 1, head);
            RowMaths.Multiply(weights + p, rows.Scales(cache, block, 1, head), some, weights + p);
            for (int d = 0; d < wide; d += Wide)
                AddBlock(rows.Bytes(cache, block, 1, head) + d, _headBytes, some, weights + p, sums + (Chains * d));
        }

        for (int d = 0; d < wide; d += Lanes)
        {
            float* even = sums + (d / Wide * Chains * Wide) + (d % Wide);
            ((Vector512.Load(even) + Vector512.Load(even + Wide)) * factor).Store(output + d);
        }

        SumRest(cache, view, head, weights, factor, wide, output);
    }

    /// <summary>Asks memory for the head's part of a block further on: behind the keys come the values, behind them the keys of the next head, which is likely computed next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AskFor(float* cache, in TokenView view, int position, int half, int head)
    {
        int ahead = (position / _blockTokens) + AheadBlocks, blocks = (view.End + _blockTokens - 1) / _blockTokens;
        if (ahead >= blocks)
            (ahead, half, head) = (ahead - blocks, 1 - half, head + half);
        if (!Sse.IsSupported || ahead >= blocks || head >= rows.Heads)
            return;
        sbyte* from = rows.Bytes(cache, view.Blocks[ahead], half, head);
        for (int at = 0; at < _blockTokens * _headBytes; at += 64)
            Sse.Prefetch0(from + at);
        Sse.Prefetch0(rows.Scales(cache, view.Blocks[ahead], half, head));
    }

    /// <summary>Scores of a block's positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(sbyte* keys, float* scales, int count, byte* query, float factor, float* scores)
    {
        int p = 0, width = _headBytes;
        if (path == Int8Path.Vnni && width == 2 * Bytes)
            p = ScoreSixtyFour(keys, scales, count, query, factor, scores);
        else if (path != Int8Path.Scalar && width % Bytes == 0)
        {
            for (; p + Together <= count; p += Together)
                (Vector128.ConvertToSingle(DotFour(path == Int8Path.Vnni, query, keys + (p * width), width)) * (Vector128.Load(scales + p) * factor)).Store(scores + p);
        }

        keys += p * width;
        for (; p < count; p++, keys += width)
        {
            int sum = 0;
            for (int k = 0; k < width; k++)
                sum += (sbyte)query[k] * keys[k];
            scores[p] = sum * (scales[p] * factor);
        }
    }

    /// <summary>Four positions at a time of a head of 64 bytes, which every published Whisper has; the query stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ScoreSixtyFour(sbyte* keys, float* scales, int count, byte* query, float factor, float* scores)
    {
        Vector256<sbyte> low = Vector256.Load(query).AsSByte(), high = Vector256.Load(query + Bytes).AsSByte();
        Vector256<byte> lowSize = Vector256.Abs(low).AsByte(), highSize = Vector256.Abs(high).AsByte();
        int p = 0;
        for (; p + Together <= count; p += Together, keys += Together * 2 * Bytes)
        {
            Vector256<int> a = AvxVnni.MultiplyWideningAndAdd(default, lowSize, Avx2.Sign(Vector256.Load(keys), low));
            Vector256<int> b = AvxVnni.MultiplyWideningAndAdd(default, lowSize, Avx2.Sign(Vector256.Load(keys + 64), low));
            Vector256<int> c = AvxVnni.MultiplyWideningAndAdd(default, lowSize, Avx2.Sign(Vector256.Load(keys + 128), low));
            Vector256<int> d = AvxVnni.MultiplyWideningAndAdd(default, lowSize, Avx2.Sign(Vector256.Load(keys + 192), low));
            a = AvxVnni.MultiplyWideningAndAdd(a, highSize, Avx2.Sign(Vector256.Load(keys + 32), high));
            b = AvxVnni.MultiplyWideningAndAdd(b, highSize, Avx2.Sign(Vector256.Load(keys + 96), high));
            c = AvxVnni.MultiplyWideningAndAdd(c, highSize, Avx2.Sign(Vector256.Load(keys + 160), high));
            d = AvxVnni.MultiplyWideningAndAdd(d, highSize, Avx2.Sign(Vector256.Load(keys + 224), high));
            Vector256<int> sums = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
            (Vector128.ConvertToSingle(sums.GetLower() + sums.GetUpper()) * (Vector128.Load(scales + p) * factor)).Store(scores + p);
        }

        return p;
    }

    /// <summary>The query with four keys that follow one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<int> DotFour(bool vnni, byte* query, sbyte* keys, int width)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        sbyte* second = keys + width, third = second + width, fourth = third + width;
        for (int k = 0; k < width; k += Bytes)
        {
            Vector256<sbyte> own = Vector256.Load(query + k).AsSByte();
            Vector256<byte> size = Vector256.Abs(own).AsByte();
            a = SignedProducts.Add(vnni, a, size, Avx2.Sign(Vector256.Load(keys + k), own));
            b = SignedProducts.Add(vnni, b, size, Avx2.Sign(Vector256.Load(second + k), own));
            c = SignedProducts.Add(vnni, c, size, Avx2.Sign(Vector256.Load(third + k), own));
            d = SignedProducts.Add(vnni, d, size, Avx2.Sign(Vector256.Load(fourth + k), own));
        }

        Vector256<int> sums = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return sums.GetLower() + sums.GetUpper();
    }

    /// <summary>sums += weights x values, even and odd positions apart: one chain of sums would wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock(sbyte* value, long stride, int count, float* weights, float* sums)
    {
        Vector512<float> a = Vector512.Load(sums), b = Vector512.Load(sums + 16), c = Vector512.Load(sums + 32), d = Vector512.Load(sums + 48);
        Vector512<float> e = Vector512.Load(sums + 64), f = Vector512.Load(sums + 80), g = Vector512.Load(sums + 96), h = Vector512.Load(sums + 112);
        int p = 0;
        for (; p + 2 <= count; p += 2, value += 2 * stride)
        {
            Vector512<float> even = Vector512.Create(weights[p]), odd = Vector512.Create(weights[p + 1]);
            a = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value), a);
            b = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value + Lanes), b);
            c = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value + (2 * Lanes)), c);
            d = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value + (3 * Lanes)), d);
            e = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride), e);
            f = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride + Lanes), f);
            g = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride + (2 * Lanes)), g);
            h = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride + (3 * Lanes)), h);
        }

        if (p < count)
        {
            var last = Vector512.Create(weights[p]);
            a = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value), a);
            b = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value + Lanes), b);
            c = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value + (2 * Lanes)), c);
            d = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value + (3 * Lanes)), d);
        }

        a.Store(sums);
        b.Store(sums + 16);
        c.Store(sums + 32);
        d.Store(sums + 48);
        e.Store(sums + 64);
        f.Store(sums + 80);
        g.Store(sums + 96);
        h.Store(sums + 112);
    }

    /// <summary>The dimensions behind whole pieces of 64, sixteen and then one at a time; weights have the values' scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumRest(float* cache, in TokenView view, int head, float* weights, float factor, int dimension, float* output)
    {
        for (; dimension + Lanes <= _headDim; dimension += Lanes)
        {
            Vector512<float> sum = default;
            for (int p = 0; p < view.End; p++)
                sum = Vector512.MultiplyAddEstimate(Vector512.Create(weights[p]), Int8Rows.Widen(Value(cache, view, head, p) + dimension), sum);
            (sum * factor).Store(output + dimension);
        }

        for (; dimension < _headDim; dimension++)
        {
            float sum = 0;
            for (int p = 0; p < view.End; p++)
                sum += weights[p] * Value(cache, view, head, p)[dimension];
            output[dimension] = sum * factor;
        }
    }

    private sbyte* Value(float* cache, in TokenView view, int head, int position) =>
        rows.Bytes(cache, view.Blocks[position / _blockTokens], 1, head) + ((long)(position % _blockTokens) * _headBytes);
}
