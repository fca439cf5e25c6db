using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>An encoder whose linear layers and attention are products of bytes, by kernels of our own on the CPU; the first convolution, norms and the residual stream are float32.</summary>
internal sealed unsafe class Int8EncoderPass : IEncoderPass
{
    private const int ModulesOfCross = 2;

    private readonly TorchCpuLibrary _library;
    private readonly KvCache _cache;
    private readonly KernelPool _pool;
    private readonly Int8EncoderContext _context;
    private readonly EncoderConvolutions _convolutions;
    private readonly Int8EncoderLayer[] _layers;
    private readonly EncoderModule[] _crossKeyValues;
    private readonly PackedNorm _finalNorm;

    /// <param name="blueprint">The model; has an encoder with LayerNorm and a plain feed-forward part, as every Whisper has.</param>
    /// <param name="weights">Its matrices in eight bits, the rest float32 on the CPU; not owned.</param>
    /// <param name="cache">Where keys and values go; not owned.</param>
    /// <param name="library">Data pointers and libtorch's integer product.</param>
    /// <param name="pool">Kernel threads; not owned.</param>
    /// <param name="threads">How many of them.</param>
    /// <param name="product">Products; null: the fastest of this machine.</param>
    public Int8EncoderPass(DecoderBlueprint blueprint, DecoderWeights weights, KvCache cache, TorchCpuLibrary library, KernelPool pool, int threads, ManyRowsProduct? product = null)
    {
        var plan = new EncoderPlan(blueprint);
        _library = library;
        _cache = cache;
        _pool = pool;
        _context = new Int8EncoderContext(plan, product ?? new ManyRowsProduct(library.Int8Product, Int8Paths.Best), threads);
        _convolutions = new EncoderConvolutions(plan, library, weights.Encoder!, new Int8Convolution(_context, weights.Encoder!.EightBitConvolution!));
        _crossKeyValues = [.. EncoderModule.Of(library, weights.Layers.Select(l => l.Cross!.KeyValue))];
        _layers = [.. weights.Encoder!.Layers.Select(l => new Int8EncoderLayer(library, l))];
        _finalNorm = new PackedNorm(library, weights.Encoder.FinalNorm);
    }

    /// <inheritdoc/>
    public Tensor[] Convolve(IReadOnlyList<AudioInput> recordings)
    {
        EncoderPlan plan = _context.Plan.Encoder;
        Tensor[] hidden = [.. recordings.Select(_ => empty(plan.Positions, plan.Width, dtype: ScalarType.Float32))];
        _convolutions.Run(recordings, Pointers(hidden), _context.Scratch, _pool, _context.Threads);
        return hidden;
    }

    /// <inheritdoc/>
    public Tensor[] Layer(int layer, Tensor[] hidden, IReadOnlyList<InstalledAdapter?> adapters)
    {
        new Int8EncoderLayerPasses(_context, _layers[layer], layer == _layers.Length - 1 ? _finalNorm : null, hidden.Length).Run(_pool, Pointers(hidden), adapters);
        return hidden;
    }

    /// <inheritdoc/>
    public void WriteKeysAndValues(int first, int end, Tensor[] hidden, IReadOnlyList<AudioEncoding> encodings, IReadOnlyList<InstalledAdapter?> adapters) =>
        new Int8CrossKeyValues(_context, _crossKeyValues[(first * ModulesOfCross)..(end * ModulesOfCross)], first, _cache, _library, hidden.Length).Run(_pool, Pointers(hidden), encodings, adapters);

    /// <inheritdoc/>
    public void Forget(InstalledAdapter adapter)
    {
        // Nothing is kept for an adapter.
    }

    public void Dispose()
    {
        _convolutions.Dispose();
        _context.Dispose();
    }

    private nint[] Pointers(Tensor[] hidden) => [.. hidden.Select(h => (nint)_library.Pointer<float>(h))];
}
