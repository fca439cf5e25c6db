using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>
/// Softmax attention over the paged cache. Sequences with one token go through one batched product (their query heads per
/// key/value head are its rows), or through a kernel where there is one; a chunk of a prompt goes through one of its own.
/// </summary>
/// <param name="cache">Keys and values.</param>
/// <param name="queryHeads">Query heads.</param>
/// <param name="kvHeads">Key/value heads.</param>
/// <param name="headDim">Width of a head.</param>
/// <param name="attentionScale">Factor on query x key.</param>
/// <param name="cpu">libtorch's C functions where the engine computes in float32 on the CPU; else null.</param>
internal sealed class PagedAttention(KvCache cache, int queryHeads, int kvHeads, int headDim, double attentionScale, TorchCpuLibrary? cpu) : IDisposable
{
    /// <summary>Queries that libtorch's memory-efficient attention takes at a time: 64, or 32 where a head is wider than 128.</summary>
    private const int SmallestQueryTile = 32;

    // libtorch's fused attention divides by sqrt(head dim); anything else is put into the query.
    private readonly Scalar? _queryFactor = Math.Abs((attentionScale * Math.Sqrt(headDim)) - 1) < 1e-9 ? null : (attentionScale * Math.Sqrt(headDim)).ToScalar();

    private readonly SingleTokenAttention? _kernel = cpu == null ? null : new SingleTokenAttention(cpu, cache, queryHeads, kvHeads, headDim, attentionScale);

    /// <summary>Whether <see cref="AttentionMasks.Singles"/> is needed.</summary>
    public bool NeedsSinglesMask => _kernel == null;

    /// <summary>Stores the step's keys and values, then attends.</summary>
    /// <param name="query">[tokens, query heads, head dim].</param>
    /// <param name="keysAndValues">[tokens, 2 x kv heads x head dim]: keys, then values.</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="batch">The step.</param>
    /// <param name="masks">Masks for the layer's window.</param>
    /// <returns>[tokens, query heads x head dim].</returns>
    public Tensor Forward(Tensor query, Tensor keysAndValues, int layer, Batch batch, AttentionMasks masks)
    {
        cache.Rows(layer).index_copy_(0, batch.CacheSlots, keysAndValues.reshape(2L * batch.TokenCount, -1));
        if (batch.Singles is { Places: null } everybody)
            return Singles(query, layer, everybody, masks);
        if (batch.Singles is null && batch.Chunks.Count == 1)
            return Chunk(query, layer, batch.Chunks[0], masks.Chunks[0]);

        Tensor output = empty([batch.TokenCount, (long)queryHeads * headDim], dtype: query.dtype, device: query.device);
        if (batch.Singles is { Places: { } places } group)
            output.index_copy_(0, places, Singles(query.index_select(0, places), layer, group, masks));
        for (int c = 0; c < batch.Chunks.Count; c++)
        {
            TokenChunk chunk = batch.Chunks[c];
            Tensor attended = Chunk(query.narrow(0, chunk.FirstToken, chunk.Count), layer, chunk, masks.Chunks[c]);
            output.narrow(0, chunk.FirstToken, chunk.Count).copy_(attended);
        }

        return output;
    }

    /// <summary>Attends to each sequence's encoder result, whose keys and values lie in blocks of the same cache; every position sees all of it.</summary>
    /// <param name="query">[tokens, query heads, head dim].</param>
    /// <param name="layer">Layer of the cache.</param>
    /// <param name="batch">The step.</param>
    /// <returns>[tokens, query heads x head dim].</returns>
    public Tensor ForwardToEncoder(Tensor query, int layer, Batch batch)
    {
        if (batch.EncodedSingles is { Places: null } everybody)
            return EncodedSingles(query, layer, everybody, batch.EncoderPositions);
        if (batch.EncodedSingles is null && batch.Chunks.Count == 1)
            return EncodedChunk(query, layer, batch.Chunks[0], batch.EncoderPositions);

        Tensor output = empty([batch.TokenCount, (long)queryHeads * headDim], dtype: query.dtype, device: query.device);
        if (batch.EncodedSingles is { Places: { } places } group)
            output.index_copy_(0, places, EncodedSingles(query.index_select(0, places), layer, group, batch.EncoderPositions));
        foreach (TokenChunk chunk in batch.Chunks)
        {
            Tensor attended = EncodedChunk(query.narrow(0, chunk.FirstToken, chunk.Count), layer, chunk, batch.EncoderPositions);
            output.narrow(0, chunk.FirstToken, chunk.Count).copy_(attended);
        }

        return output;
    }

    public void Dispose() => _queryFactor?.Dispose();

    private Tensor EncodedSingles(Tensor query, int layer, SingleTokenGroup group, int positions)
    {
        if (_kernel != null)
            return _kernel.Forward(query, layer, group, null);
        (Tensor keys, Tensor values) = Cached(layer, group.HalfBlocks, group.Count);
        Tensor grouped = Scaled(query).view(group.Count, kvHeads, queryHeads / kvHeads, headDim);
        Tensor attended = nn.functional.scaled_dot_product_attention(grouped, keys.narrow(2, 0, positions), values.narrow(2, 0, positions));
        return attended.reshape(group.Count, (long)queryHeads * headDim);
    }

    private Tensor EncodedChunk(Tensor query, int layer, TokenChunk chunk, int positions)
    {
        (Tensor keys, Tensor values) = Cached(layer, chunk.EncoderHalfBlocks!, 1);
        Tensor heads = Scaled(query).transpose(0, 1).unsqueeze(0);
        Tensor attended = nn.functional.scaled_dot_product_attention(heads, PerQueryHead(keys.narrow(2, 0, positions)), PerQueryHead(values.narrow(2, 0, positions)));
        return attended.transpose(1, 2).reshape(chunk.Count, (long)queryHeads * headDim);
    }

    private Tensor Singles(Tensor query, int layer, SingleTokenGroup group, AttentionMasks masks)
    {
        if (_kernel != null)
            return _kernel.Forward(query, layer, group, masks.SlidingWindow);
        (Tensor keys, Tensor values) = Cached(layer, group.HalfBlocks, group.Count);
        Tensor grouped = Scaled(query).view(group.Count, kvHeads, queryHeads / kvHeads, headDim);
        Tensor attended = nn.functional.scaled_dot_product_attention(grouped, keys, values, masks.Singles);
        return attended.reshape(group.Count, (long)queryHeads * headDim);
    }

    private Tensor Chunk(Tensor query, int layer, TokenChunk chunk, Tensor mask)
    {
        (Tensor keys, Tensor values) = Cached(layer, chunk.HalfBlocks, 1);
        query = Scaled(query);
        if (kvHeads > 1 || queryHeads == 1 || chunk.Count % SmallestQueryTile != 1)
            return AllHeads(query, keys, values, mask);
        int last = chunk.Count - 1;
        Tensor alone = LastQuery(query.narrow(0, last, 1), keys, values, mask.narrow(2, last, 1));
        return last == 0 ? alone : cat([AllHeads(query.narrow(0, 0, last), keys, values, mask.narrow(2, 0, last)), alone], 0);
    }

    /// <summary>A query per head and token; in a multi-query model all heads see the same keys and values.</summary>
    private Tensor AllHeads(Tensor query, Tensor keys, Tensor values, Tensor mask)
    {
        Tensor attended = nn.functional.scaled_dot_product_attention(query.transpose(0, 1).unsqueeze(0), PerQueryHead(keys), PerQueryHead(values), mask);
        return attended.transpose(1, 2).reshape(query.size(0), (long)queryHeads * headDim);
    }

    /// <summary>
    /// The last query of a multi-query chunk, its heads as the rows of one head. libtorch's memory-efficient attention on CUDA does that by itself where one query is left in its last tile and all heads see the same keys,
    /// but steps through the mask as if its rows were still queries: every head after the first reads behind the mask (kernel_forward.h, advance_to_block; pytorch issue 191937, mended by pull request 191984, which 2.11 has not).
    /// </summary>
    private Tensor LastQuery(Tensor query, Tensor keys, Tensor values, Tensor mask) =>
        nn.functional.scaled_dot_product_attention(query.unsqueeze(0), keys, values, mask).reshape(1, (long)queryHeads * headDim);

    private Tensor Scaled(Tensor query) => _queryFactor is null ? query : query.mul(_queryFactor);

    /// <summary>[sequences, kv heads, places, head dim] each.</summary>
    private (Tensor Keys, Tensor Values) Cached(int layer, Tensor halfBlocks, int sequences)
    {
        Tensor both = cache.HalfBlocks(layer).index_select(0, halfBlocks).view(2, sequences, -1, kvHeads, headDim);
        return (both.select(0, 0).transpose(1, 2), both.select(0, 1).transpose(1, 2));
    }

    /// <summary>[1, kv heads, places, d] -> [1, query heads, places, d].</summary>
    private Tensor PerQueryHead(Tensor heads)
    {
        int group = queryHeads / kvHeads;
        if (group == 1)
            return heads;
        return kvHeads == 1
            ? heads.expand(1, queryHeads, heads.size(2), headDim)
            : heads.unsqueeze(2).expand(1, kvHeads, group, heads.size(2), headDim).reshape(1, queryHeads, heads.size(2), headDim);
    }
}
