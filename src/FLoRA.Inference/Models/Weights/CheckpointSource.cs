using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models.Weights;

/// <summary>Tensors of files.</summary>
/// <param name="tensors">They, checked.</param>
/// <param name="reader">Reads; owned.</param>
internal sealed class CheckpointSource(IReadOnlyDictionary<string, StoredTensor> tensors, WeightReader reader) : IWeightSource
{
    /// <summary>Numbers that are read and rounded at once: 4 MB.</summary>
    private const long StagedNumbers = 1 << 20;

    public long[] Shape(string name) => [.. tensors[name].Entry.Shape];

    public Tensor Allocate(params long[] shape) => reader.Allocate(shape);

    public void Read(string name, Tensor destination, long offset) => reader.Read(tensors[name], destination, offset);

    public void Read(string name, Int8Weight destination)
    {
        int width = destination.InFeatures;
        int rowsAtOnce = (int)Math.Clamp(StagedNumbers / width, 1, destination.OutFeatures);
        using Tensor staged = reader.Allocate(rowsAtOnce, width);
        for (int row = 0; row < destination.OutFeatures; row += rowsAtOnce)
        {
            int some = Math.Min(rowsAtOnce, destination.OutFeatures - row);
            reader.Read(tensors[name], (long)row * width, (long)some * width, staged, 0);
            Span<float> numbers = HostMemory.Elements<float>(staged);
            for (int r = 0; r < some; r++)
                destination.SetRow(row + r, numbers.Slice(r * width, width));
        }
    }

    public void Dispose() => reader.Dispose();
}
