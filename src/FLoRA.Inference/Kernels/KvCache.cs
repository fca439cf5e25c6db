using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// Keys and values of all sequences in a fixed pool, reserved at start: per layer [block, 2, block tokens, kv heads, head dim].
/// Zero at start; a masked position must hold a finite number, because 0 x NaN is NaN.
/// </summary>
internal sealed class KvCache : IDisposable
{
    private readonly Tensor[] _layers;
    private readonly Tensor[] _rows;
    private readonly Tensor[] _halfBlocks;

    public KvCache(int layerCount, int blockCount, int blockTokens, int kvHeads, int headDim, ScalarType dtype, Device device)
    {
        BlockTokens = blockTokens;
        long rowWidth = (long)kvHeads * headDim;
        using var scope = NewDisposeScope();
        _layers = [.. Enumerable.Range(0, layerCount).Select(_ => Zeros([blockCount, 2, blockTokens, kvHeads, headDim], dtype, device))];
        _rows = [.. _layers.Select(l => l.view(-1, rowWidth).DetachFromDisposeScope())];
        _halfBlocks = [.. _layers.Select(l => l.view(-1, blockTokens * rowWidth).DetachFromDisposeScope())];
    }

    /// <summary>Tokens in a block.</summary>
    public int BlockTokens { get; }

    /// <summary>How an encoder's results lie in the blocks that they take, where in eight bits; null: as all else.</summary>
    public EncodedRows? Encoded { get; init; }

    /// <summary>View [block x 2 x block tokens, kv heads x head dim]: key and value rows.</summary>
    public Tensor Rows(int layer) => _rows[layer];

    /// <summary>View [block x 2, block tokens x kv heads x head dim]: the key half and the value half of each block.</summary>
    public Tensor HalfBlocks(int layer) => _halfBlocks[layer];

    /// <summary>The keys of an encoder's result.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="blocks">Blocks of the result.</param>
    /// <param name="positions">Its positions.</param>
    /// <param name="heads">Heads.</param>
    /// <returns>[positions, heads, head dim], in the current dispose scope.</returns>
    public Tensor EncodedKeys(int layer, IReadOnlyList<int> blocks, int positions, int heads)
    {
        if (Encoded is not null)
            return Encoded.ReadKeys(Rows(layer), blocks, positions);
        Tensor keyHalves = tensor(blocks.Select(b => 2L * b).ToArray(), device: _layers[0].device);
        return HalfBlocks(layer).index_select(0, keyHalves).view(-1, heads, _rows[0].size(1) / heads).narrow(0, 0, positions);
    }

    /// <summary>Row of a token's key in <see cref="Rows"/>; its value lies <see cref="BlockTokens"/> rows further.</summary>
    public long KeyRow(int block, int offset) => ((long)block * 2 * BlockTokens) + offset;

    /// <summary>Copies whole blocks, in every layer.</summary>
    public void Copy(IReadOnlyList<(int From, int To)> blocks)
    {
        using var scope = NewDisposeScope();
        Tensor from = tensor(blocks.Select(b => (long)b.From).ToArray(), device: _layers[0].device), to = tensor(blocks.Select(b => (long)b.To).ToArray(), device: _layers[0].device);
        foreach (Tensor layer in _layers)
            layer.index_copy_(0, to, layer.index_select(0, from));
    }

    /// <summary>Zeroes blocks whose last owner computed numbers that are not finite.</summary>
    public void Scrub(IReadOnlyList<int> blocks)
    {
        if (blocks.Count == 0)
            return;
        using var scope = NewDisposeScope();
        Tensor indices = tensor(blocks.Select(b => (long)b).ToArray(), device: _layers[0].device);
        foreach (Tensor layer in _layers)
            layer.index_fill_(0, indices, 0);
    }

    private static Tensor Zeros(long[] shape, ScalarType dtype, Device device)
    {
        Tensor layer = empty(shape, dtype: dtype, device: device).DetachFromDisposeScope();
        if (device.type == TorchSharp.DeviceType.CPU)
            HostMemory.AskForLargePages(layer);
        layer.zero_();
        return layer;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (IEnumerable<Tensor>)[.. _rows, .. _halfBlocks, .. _layers])
            tensor.Dispose();
    }
}
