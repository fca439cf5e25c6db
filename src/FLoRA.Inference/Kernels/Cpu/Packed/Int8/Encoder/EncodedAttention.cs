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
    private const int Lanes = 16, Bytes = 32, Together = 4;

    private readonly int _headDim = rows.HeadDim, _headBytes = rows.HeadBytes, _blockTokens = rows.BlockTokens;

    /// <summary>output = softmax(scale x query . keys) values.</summary>
    /// <param name="cache">The layer.</param>
    /// <param name="view">The encoder's result.</param>
    /// <param name="head">Which head.</param>
    /// <param name="query">[head dim].</param>
    /// <param name="weights">Room for a number per position, padded to 16.</param>
    /// <param name="output">[head dim].</param>
    public void Attend(float* cache, in TokenView view, int head, float* query, float* weights, float* output)
    {
        int count = view.End - view.First;
        byte* rounded = stackalloc byte[(int)Int8Rows.Stride(_headDim)];
        Int8Rows.Quantise(query, _headDim, 0, rounded);
        float factor = Int8Rows.Scale(rounded) * scale;
        for (int p = view.First; p < view.End;)
        {
            int block = view.Blocks[p / _blockTokens], offset = p % _blockTokens, some = Math.Min(view.End - p, _blockTokens - offset);
            Score(rows.Bytes(cache, block, 0, head) + ((long)offset * _headBytes), rows.Scales(cache, block, 0, head) + offset, some, Int8Rows.Bytes(rounded), factor, weights + (p - view.First));
            p += some;
        }

        float sum = RowMaths.Softmax(weights, count);
        for (int p = view.First; p < view.End;)
        {
            int block = view.Blocks[p / _blockTokens], offset = p % _blockTokens, some = Math.Min(view.End - p, _blockTokens - offset);
            RowMaths.Multiply(weights + (p - view.First), rows.Scales(cache, block, 1, head) + offset, some, weights + (p - view.First));
            p += some;
        }

        int d = 0;
        for (; d + (4 * Lanes) <= _headDim; d += 4 * Lanes)
            SumSixtyFour(cache, view, head, weights, sum, d, output + d);
        for (; d + Lanes <= _headDim; d += Lanes)
            SumSixteen(cache, view, head, weights, sum, d, output + d);
        for (; d < _headDim; d++)
            output[d] = SumOne(cache, view, head, weights, sum, d);
    }

    /// <summary>Scores of a block's positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(sbyte* keys, float* scales, int count, byte* query, float factor, float* scores)
    {
        bool isWhole = path != Int8Path.Scalar && _headBytes % Bytes == 0;
        int p = 0;
        for (; isWhole && p + Together <= count; p += Together, keys += Together * _headBytes)
            (Vector128.ConvertToSingle(DotFour(path == Int8Path.Vnni, query, keys)) * (Vector128.Load(scales + p) * factor)).Store(scores + p);
        for (; p < count; p++, keys += _headBytes)
        {
            int sum = 0;
            for (int k = 0; k < _headBytes; k++)
                sum += (sbyte)query[k] * keys[k];
            scores[p] = sum * (scales[p] * factor);
        }
    }

    /// <summary>The query with four keys that follow one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<int> DotFour(bool vnni, byte* query, sbyte* keys)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        sbyte* second = keys + _headBytes, third = second + _headBytes, fourth = third + _headBytes;
        for (int k = 0; k < _headBytes; k += Bytes)
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

    /// <summary>Even and odd positions apart: one chain of sums would wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumSixtyFour(float* cache, in TokenView view, int head, float* weights, float factor, int dimension, float* output)
    {
        Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        long stride = _headBytes;
        for (int p = view.First; p < view.End;)
        {
            int block = view.Blocks[p / _blockTokens], offset = p % _blockTokens, end = p + Math.Min(view.End - p, _blockTokens - offset);
            sbyte* value = rows.Bytes(cache, block, 1, head) + (offset * stride) + dimension;
            for (; p + 2 <= end; p += 2, value += 2 * stride)
            {
                Vector512<float> even = Vector512.Create(weights[p - view.First]), odd = Vector512.Create(weights[p - view.First + 1]);
                a = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value), a);
                b = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value + Lanes), b);
                c = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value + (2 * Lanes)), c);
                d = Vector512.MultiplyAddEstimate(even, Int8Rows.Widen(value + (3 * Lanes)), d);
                e = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride), e);
                f = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride + Lanes), f);
                g = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride + (2 * Lanes)), g);
                h = Vector512.MultiplyAddEstimate(odd, Int8Rows.Widen(value + stride + (3 * Lanes)), h);
            }

            for (; p < end; p++, value += stride)
            {
                var last = Vector512.Create(weights[p - view.First]);
                a = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value), a);
                b = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value + Lanes), b);
                c = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value + (2 * Lanes)), c);
                d = Vector512.MultiplyAddEstimate(last, Int8Rows.Widen(value + (3 * Lanes)), d);
            }
        }

        ((a + e) * factor).Store(output);
        ((b + f) * factor).Store(output + Lanes);
        ((c + g) * factor).Store(output + (2 * Lanes));
        ((d + h) * factor).Store(output + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumSixteen(float* cache, in TokenView view, int head, float* weights, float factor, int dimension, float* output)
    {
        Vector512<float> sum = default;
        for (int p = view.First; p < view.End; p++)
            sum = Vector512.MultiplyAddEstimate(Vector512.Create(weights[p - view.First]), Int8Rows.Widen(Value(cache, view, head, p) + dimension), sum);
        (sum * factor).Store(output);
    }

    private float SumOne(float* cache, in TokenView view, int head, float* weights, float factor, int dimension)
    {
        float sum = 0;
        for (int p = view.First; p < view.End; p++)
            sum += weights[p - view.First] * Value(cache, view, head, p)[dimension];
        return sum * factor;
    }

    private sbyte* Value(float* cache, in TokenView view, int head, int position) =>
        rows.Bytes(cache, view.Blocks[position / _blockTokens], 1, head) + ((long)(position % _blockTokens) * _headBytes);
}
