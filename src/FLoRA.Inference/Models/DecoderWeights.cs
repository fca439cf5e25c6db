using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models.Weights;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>
/// A decoder's tensors in the engine's type on its device, outside every dispose scope: they live until this is disposed, by the thread
/// that owns the engine.
/// </summary>
internal sealed class DecoderWeights : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _owned;

    /// <summary>Takes over <paramref name="owned"/>, every tensor and matrix that the other properties show.</summary>
    public DecoderWeights(IReadOnlyList<IDisposable> owned) => _owned = owned;

    /// <summary>[vocabulary, hidden]; null in eight bits.</summary>
    public required Tensor? TokenEmbedding { get; init; }

    /// <summary>The same in eight bits, or null.</summary>
    public Int8Weight? EightBitEmbedding { get; init; }

    /// <summary>[context, hidden], or null with rotary positions.</summary>
    public required Tensor? PositionEmbedding { get; init; }

    /// <summary>The layers, in order.</summary>
    public required IReadOnlyList<LayerWeights> Layers { get; init; }

    /// <summary>Norm before the head, [hidden].</summary>
    public required NormWeights FinalNorm { get; init; }

    /// <summary>[vocabulary, hidden]; the embedding itself where they are tied; null in eight bits.</summary>
    public required Tensor? Head { get; init; }

    /// <summary>The same in eight bits, or null.</summary>
    public Int8Weight? EightBitHead { get; init; }

    /// <summary>The audio encoder, or null.</summary>
    public AudioEncoderWeights? Encoder { get; init; }

    /// <summary>Numbers in the weights; a tied head counts once.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Memory of the weights.</summary>
    public required long ByteCount { get; init; }

    /// <summary>Checks the checkpoint against the blueprint, then reads it.</summary>
    /// <param name="blueprint">The decoder.</param>
    /// <param name="checkpoint">Its weights on disk; may be closed afterwards.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="dtype">The engine's type: Float32, BFloat16 or Float16.</param>
    /// <param name="progress">Called on this thread with the fraction that was read, 0..1.</param>
    /// <param name="isEightBit">Matrices are rounded to eight bits while they are read, through a few megabytes of <paramref name="dtype"/>; on the CPU alone.</param>
    /// <exception cref="ModelLoadException">Checkpoint and blueprint differ (all differences are listed), or reading fails.</exception>
    public static DecoderWeights Load(DecoderBlueprint blueprint, Checkpoint checkpoint, Device device, ScalarType dtype, Action<double>? progress = null, bool isEightBit = false)
    {
        if (dtype is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
            throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "expected Float32, BFloat16 or Float16");
        var tensors = CheckpointCheck.Match(blueprint, checkpoint);
        NativeRuntime.EnsureLoaded();
        using var source = new CheckpointSource(tensors, new WeightReader(checkpoint.Folder, device, dtype, progress, tensors.Values.Sum(t => t.Entry.ByteLength)));
        return new DecoderWeightsLoader(blueprint, source, dtype, isEightBit).Load();
    }

    /// <summary>Random weights at the blueprint's shapes, for measurements.</summary>
    public static DecoderWeights Random(DecoderBlueprint blueprint, Device device, ScalarType dtype, bool isEightBit)
    {
        NativeRuntime.EnsureLoaded();
        using var source = new RandomSource(ExpectedTensors.Of(blueprint), device, dtype);
        return new DecoderWeightsLoader(blueprint, source, dtype, isEightBit).Load();
    }

    /// <summary>Frees the tensors and gives their memory back to the system.</summary>
    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        HostHeap.ReturnFreed();
    }
}
