using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The tokens of a step: where each stands and what it sees. Buffers are kept from step to step.</summary>
internal sealed unsafe class StepTokens : IDisposable
{
    private readonly List<AdapterTokens> _composition = [];
    private NativeBuffer? _blocks;
    private int[] _ids = [], _positions = [];
    private TokenView[] _views = [], _encoded = [];

    /// <summary>Tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Each sequence's part, in token order.</summary>
    public List<AdapterTokens> Composition => _composition;

    /// <summary>Vocabulary id of each token.</summary>
    public int[] Ids => _ids;

    /// <summary>Position of each token in its sequence.</summary>
    public int[] Positions => _positions;

    /// <summary>Each token's own sequence: all up to itself.</summary>
    public TokenView[] Views => _views;

    /// <summary>Each token's encoder result; empty for models of text alone.</summary>
    public TokenView[] Encoded => _encoded;

    /// <summary>Largest number of additive rows among the adapters.</summary>
    public int MostAdditiveRows { get; private set; }

    /// <summary>Numbers from row to row of a buffer: a cache line more than the width, so that rows do not share cache sets.</summary>
    public static long Stride(int width) => ((width + 15L) / 16 * 16) + 16;

    /// <summary>Takes a step's entries.</summary>
    /// <param name="entries">In token order.</param>
    /// <param name="encoderPositions">Positions of an encoder's result; 0: none.</param>
    public void Fill(IReadOnlyList<BatchEntry> entries, int encoderPositions)
    {
        _composition.Clear();
        Count = 0;
        long blocks = 0;
        foreach (BatchEntry entry in entries)
        {
            Count += entry.Count;
            blocks += entry.Blocks.Count + (encoderPositions > 0 ? entry.Sequence.Audio!.Blocks.Count : 0);
        }

        if (_ids.Length < Count)
            (_ids, _positions, _views, _encoded) = (new int[Count], new int[Count], new TokenView[Count], new TokenView[Count]);
        MostAdditiveRows = 0;
        int* table = (int*)NativeBuffer.Grow(ref _blocks, blocks);
        int token = 0;
        foreach (BatchEntry entry in entries)
        {
            _composition.Add(new(entry.Adapter, entry.Count, entry.FormedTokens));
            MostAdditiveRows = Math.Max(MostAdditiveRows, entry.Adapter?.AdditiveRows ?? 0);
            int* own = table;
            foreach (int block in entry.Blocks)
                *table++ = block;
            int* encoded = table;
            if (encoderPositions > 0)
            {
                foreach (int block in entry.Sequence.Audio!.Blocks)
                    *table++ = block;
            }

            for (int i = 0; i < entry.Count; i++, token++)
            {
                int position = entry.Start + i;
                _ids[token] = entry.TokenAt(position);
                _positions[token] = position;
                _views[token] = new TokenView { Blocks = own, End = position + 1 };
                _encoded[token] = new TokenView { Blocks = encoded, End = encoderPositions };
            }
        }
    }

    /// <summary>Cuts the tokens into neighbours of one sequence.</summary>
    /// <param name="most">Most tokens of a tile.</param>
    /// <param name="tiles">The result: first token and tokens.</param>
    public void Cut(int most, List<(int First, int Tokens)> tiles)
    {
        tiles.Clear();
        for (int t = 0; t < Count; t++)
        {
            if (t > 0 && _views[t].Blocks == _views[t - 1].Blocks && _views[t].End == _views[t - 1].End + 1 && tiles[^1].Tokens < most)
                tiles[^1] = (tiles[^1].First, tiles[^1].Tokens + 1);
            else
                tiles.Add((t, 1));
        }
    }

    public void Dispose() => _blocks?.Dispose();
}
