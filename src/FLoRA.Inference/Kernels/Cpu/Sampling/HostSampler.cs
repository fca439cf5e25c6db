using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using FLoRA.Inference.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>
/// Filters and pick of rows whose logits are in host memory: row by row in cache, where the tensor form of the same rules
/// passes over the whole batch once per operation and sorts the vocabulary. Rows run on libtorch's threads.
/// </summary>
/// <param name="library">Its threads; null: everything runs on the caller's.</param>
internal sealed unsafe class HostSampler(TorchCpuLibrary? library)
{
    /// <summary>Logits that are worth waking a second thread.</summary>
    private const long ParallelLogits = 8192;

    /// <summary>Chooses one id for each of some rows.</summary>
    /// <param name="logits">Raw logits on the CPU, float32 [n, vocabulary]; not changed.</param>
    /// <param name="rows">One entry per row of <paramref name="logits"/>.</param>
    /// <param name="asked">The rows that are asked for.</param>
    /// <returns>One id per entry of <paramref name="asked"/>.</returns>
    public long[] Choose(Tensor logits, IReadOnlyList<SampleRow> rows, long[] asked) => Choose(logits, rows, asked, null);

    /// <summary>The same, and for rows with rules the log-probability of the id after the rules.</summary>
    /// <param name="logits">Raw logits on the CPU, float32 [n, vocabulary]; not changed.</param>
    /// <param name="rows">One entry per row of <paramref name="logits"/>.</param>
    /// <param name="asked">The rows that are asked for.</param>
    /// <param name="logprobs">Filled where a row has rules: one number per entry of <paramref name="asked"/>; null: not wanted.</param>
    public long[] Choose(Tensor logits, IReadOnlyList<SampleRow> rows, long[] asked, float[]? logprobs)
    {
        Tensor contiguous = logits.contiguous();
        var job = new Job(rows, asked, new long[asked.Length], (int)logits.size(1)) { Logprobs = logprobs };
        fixed (float* first = HostMemory.Elements<float>(contiguous))
        {
            job.Logits = first;
            if (library is null)
                Run(job, 0, asked.Length);
            else
                RunParallel(library, job);
        }

        GC.KeepAlive(contiguous);
        return job.Ids;
    }

    private static void RunParallel(TorchCpuLibrary library, Job job)
    {
        GCHandle handle = GCHandle.Alloc(job);
        try
        {
            library.ParallelFor(job.Asked.Length, Math.Max(1, ParallelLogits / job.Vocabulary), &RunPart, (void*)GCHandle.ToIntPtr(handle));
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
            Run(job, (int)begin, (int)end);
        }
        catch (Exception exception)
        {
            job.Failure = ExceptionDispatchInfo.Capture(exception); // none may cross native frames
        }
    }

    private static void Run(Job job, int begin, int end)
    {
        double[] logits = ArrayPool<double>.Shared.Rent(job.Vocabulary), weights = ArrayPool<double>.Shared.Rent(job.Vocabulary);
        for (int i = begin; i < end; i++)
        {
            int row = (int)job.Asked[i];
            var raw = new ReadOnlySpan<float>(job.Logits + ((long)row * job.Vocabulary), job.Vocabulary);
            Span<double> scratch = logits.AsSpan(0, job.Vocabulary);
            if (!job.Rows[row].HasRules)
            {
                job.Ids[i] = RowSampler.Choose(raw, job.Rows[row], scratch, weights.AsSpan(0, job.Vocabulary));
                continue;
            }

            float[] ruled = ArrayPool<float>.Shared.Rent(job.Vocabulary);
            Span<float> remaining = ruled.AsSpan(0, job.Vocabulary);
            RowRules.Apply(raw, job.Rows[row], remaining);
            job.Ids[i] = RowSampler.Choose(remaining, job.Rows[row], scratch, weights.AsSpan(0, job.Vocabulary));
            if (job.Logprobs is not null)
                job.Logprobs[i] = RowRules.Logprob(remaining, (int)job.Ids[i]);
            ArrayPool<float>.Shared.Return(ruled);
        }

        ArrayPool<double>.Shared.Return(logits);
        ArrayPool<double>.Shared.Return(weights);
    }

    private sealed class Job(IReadOnlyList<SampleRow> rows, long[] asked, long[] ids, int vocabulary)
    {
        public IReadOnlyList<SampleRow> Rows { get; } = rows;

        public long[] Asked { get; } = asked;

        public long[] Ids { get; } = ids;

        public int Vocabulary { get; } = vocabulary;

        public float* Logits { get; set; }

        public float[]? Logprobs { get; init; }

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
