using FLoRA.Inference.Kernels.Cpu.Packed;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// How many of libtorch's threads a step uses. Every parallel loop wakes the others and waits for them; a step that is
/// short all in all is quicker on one thread. Used by the engine thread, whose setting it is.
/// </summary>
/// <param name="setting">What is set now; shared by all models of the thread.</param>
/// <param name="most">Threads of a long step.</param>
/// <param name="weightCount">Numbers in the model's weights: multiplications per row.</param>
internal sealed class KernelThreads(ThreadSetting setting, int most, long weightCount)
{
    /// <summary>Multiplications of a step from which a second thread pays (docs/LOG.md).</summary>
    private const long ParallelMultiplications = 50_000_000;

    /// <summary>Sets the threads for a step of <paramref name="rows"/> rows.</summary>
    public void ChooseFor(int rows)
    {
        int wanted = rows * weightCount >= ParallelMultiplications ? most : 1;
        if (wanted == setting.Current)
            return;
        set_num_threads(wanted);
        setting.Current = wanted;
    }
}

/// <summary>The threads that an engine thread has: how many of libtorch's it has set, and its own.</summary>
internal sealed class ThreadSetting : IDisposable
{
    /// <summary>libtorch's number of threads as it was set last; 0: not yet.</summary>
    public int Current { get; set; }

    /// <summary>Threads for kernels of our own; there are none until a model asks for them.</summary>
    public KernelPool Pool { get; } = new();

    public void Dispose() => Pool.Dispose();
}
