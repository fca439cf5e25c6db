using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// The decoder in float32 on the CPU by kernels of our own over packed weights: of eight bits, or of float32, which are a second copy. One piece of work per step for the team of kernel threads, with phases instead of
/// separate parallel loops. A token's logits depend on its sequence alone, bit for bit: every sum runs in a fixed order over what belongs to the token.
/// </summary>
internal sealed unsafe class PackedDecoder : IForwardPass
{
    /// <summary>Most bytes of the second copy.</summary>
    private const long CopyByteBudget = 256L << 20;

    /// <summary>Multiplications of a step from which a second thread pays (docs/LOG.md).</summary>
    private const long ParallelMultiplications = 4_000_000;

    private readonly DecoderWeights _weights;
    private readonly KernelPool _pool;
    private readonly DecoderStep _step;
    private readonly long _weightCount;
    private readonly StackedLinear _head;

    /// <param name="blueprint">The model.</param>
    /// <param name="weights">Its tensors, float32 on the CPU, or matrices in eight bits; owned from here on.</param>
    /// <param name="cache">Keys and values; not owned.</param>
    /// <param name="maxPositions">Most positions of one sequence.</param>
    /// <param name="library">Gives data pointers.</param>
    /// <param name="pool">Kernel threads; not owned.</param>
    /// <param name="threads">How many of them.</param>
    /// <param name="loraForm">How LoRA is computed.</param>
    /// <exception cref="NativeRuntimeException">This libtorch has no batched product, and one is asked for.</exception>
    public PackedDecoder(DecoderBlueprint blueprint, DecoderWeights weights, KvCache cache, int maxPositions, TorchCpuLibrary library, KernelPool pool, int threads, LoraForm loraForm = LoraForm.Fastest)
    {
        Blueprint = blueprint;
        Cache = cache;
        _weights = weights;
        _pool = pool;
        MostThreads = threads;
        TokenEmbedding = weights.TokenEmbedding is null ? null : library.Pointer<float>(weights.TokenEmbedding);
        EightBitEmbedding = weights.EightBitEmbedding;
        PositionEmbedding = weights.PositionEmbedding is { } positions ? library.Pointer<float>(positions) : null;
        Rotary = blueprint.Rotary is { } rotary ? new PackedRotary(rotary.InverseFrequencies, maxPositions) : null;
        LoraBatching? batching = loraForm == LoraForm.Fastest ? null : new LoraBatching(
            TorchBatchProduct.TryBind(library) ?? throw new NativeRuntimeException("This libtorch exports no batched product (aoti_torch_cpu_bmm_out)."), loraForm == LoraForm.NaiveBatchedProduct, threads);
        var layers = new List<PackedDecoderLayer>();
        int next = 0;
        for (int l = 0; l < blueprint.Layers.Count; l++)
        {
            layers.Add(new PackedDecoderLayer(library, blueprint, l, weights.Layers[l], next, batching));
            next += blueprint.Layers[l].Modules.Count();
        }

        Layers = layers;
        Linears = [.. layers.SelectMany(l => l.Linears)];
        _head = new StackedLinear(new LinearBlueprint([new ModuleBlueprint("head", blueprint.HiddenSize, blueprint.VocabularySize, HasBias: false)]), weights.Head, null) { EightBit = weights.EightBitHead is { } head ? [head] : [] };
        Head = new StepLinear(library, _head, null, new PackedNorm(library, weights.FinalNorm), (float)blueprint.NormEpsilon);
        MlpWidth = blueprint.Layers.Max(l => l.MlpInput.Modules[0].OutFeatures);
        _weightCount = Linears.Sum(l => l.WeightCount);
        _step = new DecoderStep(this, library);
    }

    /// <summary>The model.</summary>
    public DecoderBlueprint Blueprint { get; }

    /// <summary>Keys and values.</summary>
    public KvCache Cache { get; }

    /// <summary>The layers, in order.</summary>
    public IReadOnlyList<PackedDecoderLayer> Layers { get; }

    /// <summary>Every linear layer but the head.</summary>
    public IReadOnlyList<StepLinear> Linears { get; }

    /// <summary>Last norm and head.</summary>
    public StepLinear Head { get; }

    /// <summary>[vocabulary, hidden]; null in eight bits.</summary>
    public float* TokenEmbedding { get; }

    /// <summary>The same in eight bits, or null.</summary>
    public Int8Weight? EightBitEmbedding { get; }

    /// <summary>[context, hidden], or null.</summary>
    public float* PositionEmbedding { get; }

    /// <summary>Rotary positions, or null.</summary>
    public PackedRotary? Rotary { get; }

    /// <summary>Width of the feed-forward part.</summary>
    public int MlpWidth { get; }

    /// <summary>Kernel threads.</summary>
    public int MostThreads { get; }

    /// <summary>Whether this machine has the kernels and the second copy is no burden.</summary>
    public static bool Suits(DecoderBlueprint blueprint) =>
        PanelShape.Columns > 0
        && (blueprint.Layers.SelectMany(l => l.Modules).Sum(m => (long)m.InFeatures * m.OutFeatures) + ((long)blueprint.VocabularySize * blueprint.HiddenSize)) * sizeof(float) <= CopyByteBudget;

    /// <inheritdoc/>
    public PromptForming? Forming => EightBitEmbedding is null ? PromptForming.OfSingle : PromptForming.OfEightBit;

    /// <inheritdoc/>
    public Tensor? Forward(Batch batch, BatchAdapters adapters)
    {
        _step.Tokens.Fill(batch.Entries, batch.EncoderPositions);
        Tensor? logits = batch.LogitRows is { } rows ? empty(rows.size(0), Blueprint.VocabularySize, dtype: ScalarType.Float32) : null;
        _step.Take(batch, adapters, logits);
        _pool.Run(_step, Threads(batch));
        return logits;
    }

    public void Dispose()
    {
        _step.Dispose();
        foreach (PackedDecoderLayer layer in Layers)
            layer.Dispose();
        Head.Dispose();
        Rotary?.Dispose();
        _weights.Dispose();
    }

    private int Threads(Batch batch)
    {
        long rows = batch.Entries.Sum(e => e.FormedTokens + ((long)(e.Count - e.FormedTokens) * e.Sequence.AdapterWidth));
        long multiplications = (rows * _weightCount) + ((long)_step.LogitRows.Length * Blueprint.VocabularySize * Blueprint.HiddenSize);

        // What is taken down for alignments is taken by the calling thread between two loops, which nobody else may run past.
        return multiplications >= ParallelMultiplications && batch.Alignments.Count == 0 ? MostThreads : 1;
    }
}
