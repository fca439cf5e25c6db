using System.Runtime.CompilerServices;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>That LoRA is to be computed by batched products.</summary>
/// <param name="Product">libtorch's.</param>
/// <param name="IsNaive">D and U are gathered anew in every step.</param>
/// <param name="Threads">Kernel threads.</param>
internal sealed record LoraBatching(TorchBatchProduct Product, bool IsNaive, int Threads);

/// <summary>
/// LoRA by batched products, as Wen and Chaudhuri (2024) measure it: D and U of the batch's sequences side by side, padded to the highest rank, and two <c>torch.bmm</c> per layer. The baseline of the benchmarks.
/// </summary>
/// <param name="batching">How.</param>
/// <param name="inputs">Width of the input.</param>
/// <param name="outputs">Width of the output.</param>
internal sealed unsafe class LoraBmm(LoraBatching batching, int inputs, int outputs) : IDisposable
{
    private readonly List<Part> _parts = [];
    private readonly List<SinglePair> _pairs = [];
    private NativeBuffer? _down, _up, _inner;
    private int _rank;

    /// <summary>Pieces of work.</summary>
    public int PartCount => _parts.Count;

    /// <summary>Takes a step's adapters; the last ones stay where nothing has changed.</summary>
    /// <param name="composition">Each sequence's part.</param>
    /// <param name="pairs">[tokens].</param>
    public void Take(List<AdapterTokens> composition, SinglePair* pairs)
    {
        _parts.Clear();
        _pairs.Clear();
        _rank = 0;
        int token = 0;
        foreach (AdapterTokens sequence in composition)
        {
            SinglePair own = pairs[token];
            if (own.Rank > 0)
            {
                _parts.Add(new Part(token, _pairs.Count, 1, sequence.Tokens));
                _pairs.Add(own);
                _rank = Math.Max(_rank, own.Rank);
            }

            token += sequence.Tokens;
        }

        JoinSingles();
        NativeBuffer.Grow(ref _down, (long)_pairs.Count * _rank * inputs);
        NativeBuffer.Grow(ref _up, (long)_pairs.Count * _rank * outputs);
        NativeBuffer.Grow(ref _inner, (long)token * _rank);
        if (!batching.IsNaive)
            Gather(0, _pairs.Count);
    }

    /// <summary>delta = U (D x) for the tokens of one part; any thread.</summary>
    /// <param name="index">Which part.</param>
    /// <param name="x">[tokens, in].</param>
    /// <param name="stride">Numbers from token to token.</param>
    /// <param name="delta">[tokens, out], one behind the other.</param>
    public void Run(int index, float* x, long stride, float* delta)
    {
        Part part = _parts[index];
        if (batching.IsNaive)
            Gather(part.FirstPair, part.Sequences);
        float* down = _down!.Start + ((long)part.FirstPair * _rank * inputs), up = _up!.Start + ((long)part.FirstPair * _rank * outputs), inner = _inner!.Start + ((long)part.FirstToken * _rank);
        batching.Product.Multiply(x + (part.FirstToken * stride), stride, down, isTransposed: true, inner, part.Sequences, part.Tokens, inputs, _rank);
        batching.Product.Multiply(inner, _rank, up, isTransposed: false, delta + ((long)part.FirstToken * outputs), part.Sequences, part.Tokens, _rank, outputs);
    }

    public void Dispose()
    {
        _down?.Dispose();
        _up?.Dispose();
        _inner?.Dispose();
    }

    /// <summary>Neighbours with one token are one batched product, but as many as there are threads.</summary>
    private void JoinSingles()
    {
        int most = Math.Max(1, (_parts.Count(p => p.Tokens == 1) + batching.Threads - 1) / batching.Threads);
        for (int i = 1; i < _parts.Count;)
        {
            Part before = _parts[i - 1], own = _parts[i];
            if (before.Tokens == 1 && own.Tokens == 1 && before.FirstToken + before.Sequences == own.FirstToken && before.Sequences < most)
            {
                _parts[i - 1] = before with { Sequences = before.Sequences + 1 };
                _parts.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }
    }

    private void Gather(int first, int count)
    {
        for (int p = first; p < first + count; p++)
        {
            Copy(_pairs[p].Down, _pairs[p].Rank, inputs, _down!.Start + ((long)p * _rank * inputs));
            Copy(_pairs[p].Up, _pairs[p].Rank, outputs, _up!.Start + ((long)p * _rank * outputs));
        }
    }

    private void Copy(float* from, int rank, int width, float* to)
    {
        Unsafe.CopyBlock(to, from, (uint)(rank * width * sizeof(float)));
        new Span<float>(to + ((long)rank * width), (_rank - rank) * width).Clear();
    }

    /// <param name="FirstToken">First token.</param>
    /// <param name="FirstPair">First sequence among those with a pair.</param>
    /// <param name="Sequences">Sequences.</param>
    /// <param name="Tokens">Tokens of each.</param>
    private readonly record struct Part(int FirstToken, int FirstPair, int Sequences, int Tokens);
}
