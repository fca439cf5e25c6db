using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>An encoder in float32 on the CPU by kernels of our own over packed weights, which are a second copy of the encoder's.</summary>
internal sealed unsafe class PackedEncoderPass : IEncoderPass
{
    /// <summary>Most bytes of the second copy: whisper-tiny's and base's encoders have one (docs/LOG.md).</summary>
    private const long CopyByteBudget = 256L << 20;

    private readonly EncoderPlan _plan;
    private readonly TorchCpuLibrary _library;
    private readonly KvCache _cache;
    private readonly KernelPool _pool;
    private readonly int _threads;
    private readonly EncoderConvolutions _convolutions;
    private readonly PackedEncoderLayer[] _layers;
    private readonly PackedLinear[] _crossKeyValues;
    private readonly PackedNorm _finalNorm;
    private readonly EncoderScratch _scratch;

    /// <param name="blueprint">The model; see <see cref="Suits"/>.</param>
    /// <param name="weights">Its tensors, float32 on the CPU; not owned.</param>
    /// <param name="cache">Where keys and values go; not owned.</param>
    /// <param name="bank">The installed adapters; not owned.</param>
    /// <param name="library">Gives data pointers.</param>
    /// <param name="pool">Kernel threads; not owned.</param>
    /// <param name="threads">How many of them.</param>
    public PackedEncoderPass(DecoderBlueprint blueprint, DecoderWeights weights, KvCache cache, AdapterBank bank, TorchCpuLibrary library, KernelPool pool, int threads)
    {
        _plan = new EncoderPlan(blueprint);
        _library = library;
        _cache = cache;
        _pool = pool;
        _threads = threads;
        AudioEncoderWeights own = weights.Encoder!;
        _convolutions = new EncoderConvolutions(_plan, library, own, new PackedConvolution(_plan, library, own));
        _crossKeyValues = [.. EncoderModules.CrossKeyValues(weights).Select(m => new PackedLinear(library, m.Linear, m.FirstModule, bank))];
        _layers = [.. EncoderModules.Layers(blueprint, weights).Select(m => new PackedEncoderLayer(library, m.Layer, m.FirstModule, bank))];
        _finalNorm = new PackedNorm(library, own.FinalNorm);
        _scratch = new EncoderScratch(threads, _plan.Room.Count);
    }

    /// <summary>Whether this machine has the kernels, and the model a shape that they know and a size at which the second copy is no burden.</summary>
    public static bool Suits(DecoderBlueprint blueprint) =>
        PanelShape.Columns > 0
        && blueprint is { Norm: NormKind.Layer, GatedMlp: false, Encoder: { } encoder }
        && encoder.Layers.SelectMany(l => l.Modules).Sum(m => (long)m.InFeatures * m.OutFeatures) * sizeof(float) <= CopyByteBudget;

    /// <inheritdoc/>
    public Tensor[] Convolve(IReadOnlyList<AudioInput> recordings)
    {
        Tensor[] hidden = [.. recordings.Select(_ => empty(_plan.Positions, _plan.Width, dtype: ScalarType.Float32))];
        _convolutions.Run(recordings, Pointers(hidden), _scratch, _pool, _threads);
        return hidden;
    }

    /// <inheritdoc/>
    public Tensor[] Layer(int layer, Tensor[] hidden, IReadOnlyList<InstalledAdapter?> adapters)
    {
        var passes = new EncoderLayerPasses(_plan, _layers[layer], layer == _layers.Length - 1 ? _finalNorm : null, _scratch, Tiles(hidden.Length));
        passes.Run(_pool, _threads, Pointers(hidden), adapters);
        return hidden;
    }

    /// <inheritdoc/>
    public void WriteKeysAndValues(int first, int end, Tensor[] hidden, IReadOnlyList<AudioEncoding> encodings, IReadOnlyList<InstalledAdapter?> adapters) =>
        new CrossKeyValues(_plan, _crossKeyValues[first..end], first, _cache, _library, _scratch, Tiles(hidden.Length)).Run(_pool, _threads, Pointers(hidden), encodings, adapters);

    /// <inheritdoc/>
    public void Forget(InstalledAdapter adapter)
    {
        // Nothing is kept for an adapter.
    }

    public void Dispose()
    {
        _convolutions.Dispose();
        foreach (PackedEncoderLayer layer in _layers)
            layer.Dispose();
        foreach (PackedLinear linear in _crossKeyValues)
            linear.Dispose();
        _scratch.Dispose();
    }

    private RowTiles Tiles(int recordings) => RowTiles.For(recordings, _plan.Positions, _plan.TileRows, _threads);

    private nint[] Pointers(Tensor[] hidden) => [.. hidden.Select(h => (nint)_library.Pointer<float>(h))];
}
