using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What one token attends to: keys and values of a block table.</summary>
internal unsafe struct TokenView
{
    /// <summary>Block numbers, in order.</summary>
    public int* Blocks;

    /// <summary>First position that is seen.</summary>
    public int First;

    /// <summary>Behind the last position that is seen.</summary>
    public int End;
}

/// <summary>Attention of single tokens straight over the paged cache; float32. A token's numbers depend on nothing beside it.</summary>
/// <param name="BlockTokens">Tokens in a block.</param>
/// <param name="KvHeads">Key/value heads.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="Scale">Factor on query x key.</param>
internal readonly unsafe record struct TokenAttention(int BlockTokens, int KvHeads, int HeadDim, float Scale)
{
    /// <summary>output = softmax(scale x query . keys) values, of one query head.</summary>
    /// <param name="cache">The layer: [block, 2, block tokens, kv heads, head dim].</param>
    /// <param name="view">What the token sees.</param>
    /// <param name="head">Key/value head.</param>
    /// <param name="query">[head dim].</param>
    /// <param name="weights">Room for as many numbers as positions are seen, rounded up to 16.</param>
    /// <param name="output">[head dim].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Attend(float* cache, in TokenView view, int head, float* query, float* weights, float* output)
    {
        int count = view.End - view.First;
        Score(cache, view, head, query, weights);
        float factor = RowMaths.Softmax(weights, count);
        Sum(cache, view, head, weights, factor, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(float* cache, in TokenView view, int head, float* query, float* weights)
    {
        long stride = (long)KvHeads * HeadDim;
        for (int p = view.First; p < view.End;)
        {
            float* key = Row(cache, view, head, p, half: 0);
            int end = Math.Min(view.End, (p / BlockTokens * BlockTokens) + BlockTokens);
            for (; p < end; p++, key += stride)
                weights[p - view.First] = Scale * Dot(query, key, HeadDim);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(float* cache, in TokenView view, int head, float* weights, float factor, float* output)
    {
        long stride = (long)KvHeads * HeadDim;
        int d = 0;
        for (; d + 32 <= HeadDim; d += 32)
        {
            // Even and odd positions apart: one chain of sums would wait for itself.
            Vector512<float> low = default, high = default, lowOdd = default, highOdd = default;
            for (int p = view.First; p < view.End;)
            {
                float* value = Row(cache, view, head, p, half: 1) + d;
                int end = Math.Min(view.End, (p / BlockTokens * BlockTokens) + BlockTokens);
                for (; p + 2 <= end; p += 2, value += 2 * stride)
                {
                    Vector512<float> even = Vector512.Create(weights[p - view.First]), odd = Vector512.Create(weights[p - view.First + 1]);
                    low = Vector512.MultiplyAddEstimate(even, Vector512.Load(value), low);
                    high = Vector512.MultiplyAddEstimate(even, Vector512.Load(value + 16), high);
                    lowOdd = Vector512.MultiplyAddEstimate(odd, Vector512.Load(value + stride), lowOdd);
                    highOdd = Vector512.MultiplyAddEstimate(odd, Vector512.Load(value + stride + 16), highOdd);
                }

                if (p < end)
                {
                    var last = Vector512.Create(weights[p - view.First]);
                    low = Vector512.MultiplyAddEstimate(last, Vector512.Load(value), low);
                    high = Vector512.MultiplyAddEstimate(last, Vector512.Load(value + 16), high);
                    p++;
                }
            }

            ((low + lowOdd) * factor).Store(output + d);
            ((high + highOdd) * factor).Store(output + d + 16);
        }

        for (; d < HeadDim; d++)
        {
            float sum = 0;
            for (int p = view.First; p < view.End; p++)
                sum += weights[p - view.First] * Row(cache, view, head, p, half: 1)[d];
            output[d] = sum * factor;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Row(float* cache, in TokenView view, int head, int position, int half)
    {
        long block = view.Blocks[position / BlockTokens];
        return cache + ((((((block * 2) + half) * BlockTokens) + (position % BlockTokens)) * KvHeads) + head) * HeadDim;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* x, float* y, int count)
    {
        Vector512<float> sums = default;
        int i = 0;
        for (; i + 16 <= count; i += 16)
            sums = Vector512.MultiplyAddEstimate(Vector512.Load(x + i), Vector512.Load(y + i), sums);
        float sum = Vector512.Sum(sums);
        for (; i < count; i++)
            sum += x[i] * y[i];
        return sum;
    }
}
