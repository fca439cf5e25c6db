using TorchSharp;

namespace FLoRA.Benchmarks.Runs;

/// <summary>What a run computes with.</summary>
/// <param name="DType">Type of the weights.</param>
/// <param name="Threads">Kernel threads; null: all.</param>
/// <param name="Device">auto, cpu or cuda.</param>
public sealed record BenchTarget(string DType, int? Threads, string Device)
{
    /// <summary>Kernel threads, counted.</summary>
    public int ThreadCount => Threads ?? Environment.ProcessorCount;

    /// <summary>Whether the engine will be on a CUDA device. libtorch must be loaded.</summary>
    internal bool IsOnCuda => DType != "int8" && Device != "cpu" && torch.cuda.is_available();
}
