using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>A loop over rows that stand for themselves, by whichever threads compute the model: a second set of threads would take the processors from the first.</summary>
internal abstract class RowLoop
{
    /// <summary>On the caller's thread alone.</summary>
    public static RowLoop Serial { get; } = new SerialRowLoop();

    /// <summary>Runs <paramref name="body"/>(begin, end) over parts of [0, <paramref name="count"/>).</summary>
    /// <param name="count">Rows.</param>
    /// <param name="grain">Rows below which no second thread is worth its start; at least 1.</param>
    /// <param name="body">Begin and end of a part.</param>
    /// <exception cref="Exception">What it threw.</exception>
    public abstract void Run(int count, int grain, Action<int, int> body);

    private sealed class SerialRowLoop : RowLoop
    {
        public override void Run(int count, int grain, Action<int, int> body) => body(0, count);
    }
}

/// <summary>On the threads of kernels of our own.</summary>
/// <param name="pool">They; not owned.</param>
/// <param name="threads">How many.</param>
internal sealed class PoolRowLoop(KernelPool pool, int threads) : RowLoop
{
    public override void Run(int count, int grain, Action<int, int> body)
    {
        if (count <= grain || threads == 1)
            body(0, count);
        else
            pool.Run(new Work(count, grain, body), threads);
    }

    private sealed class Work(int count, int grain, Action<int, int> body) : ITeamWork
    {
        public void Run(int worker, KernelTeam team)
        {
            while (team.Next(worker, count, grain, out int begin, out int end))
                body(begin, end);
        }
    }
}

/// <summary>On libtorch's threads.</summary>
/// <param name="library">Its loop.</param>
internal sealed unsafe class TorchRowLoop(TorchCpuLibrary library) : RowLoop
{
    public override void Run(int count, int grain, Action<int, int> body)
    {
        var job = new Job(body);
        GCHandle handle = GCHandle.Alloc(job);
        try
        {
            library.ParallelFor(count, grain, &RunPart, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }

        job.Failure?.Throw();
    }

    [UnmanagedCallersOnly]
    private static void RunPart(long begin, long end, void* context)
    {
        var job = (Job)GCHandle.FromIntPtr((nint)context).Target!;
        try
        {
            job.Body((int)begin, (int)end);
        }
        catch (Exception exception)
        {
            job.Failure = ExceptionDispatchInfo.Capture(exception); // none may cross native frames
        }
    }

    private sealed class Job(Action<int, int> body)
    {
        public Action<int, int> Body { get; } = body;

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
