using System.Buffers;
using FLoRA.Inference.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>
/// Reads logits that are in host memory: row by row in cache, where the tensor form of the same rules passes over the whole batch once per operation and sorts the vocabulary.
/// </summary>
/// <param name="loop">Threads.</param>
internal sealed unsafe class HostSampler(RowLoop loop) : ILogitReader
{
    /// <summary>Logits to sort or to weigh that are worth waking a second thread.</summary>
    private const int ParallelLogits = 8192;

    /// <summary>Logits to look through that are: a row is read once, sixteen numbers at a time.</summary>
    private const int ParallelScannedLogits = 131072;

    /// <inheritdoc/>
    public LogitReadings Read(Tensor logits, IReadOnlyList<SampleRow> rows, IReadOnlyList<int> logitRows)
    {
        int count = (int)logits.size(0), vocabulary = (int)logits.size(1);
        var readings = new LogitReadings(count, rows.Count);
        if (count == 0)
            return readings;
        Tensor contiguous = logits.contiguous();
        float* first = (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref HostMemory.Elements<float>(contiguous)[0]);
        var best = new int[count];
        loop.Run(count, Math.Max(1, ParallelScannedLogits / vocabulary), (begin, end) =>
        {
            for (int row = begin; row < end; row++)
                (best[row], readings.Finite[row]) = RowScan.Of(Row(first, row, vocabulary));
        });

        var asked = new List<int>();
        for (int i = 0; i < rows.Count; i++)
        {
            readings.Ids[i] = best[logitRows[i]];
            if (rows[i].HasRules || rows[i].Options.NeedsFilters)
                asked.Add(i);
            else if (rows[i].Logprob)
                readings.Logprobs[i] = RowRules.Logprob(Row(first, logitRows[i], vocabulary), readings.Ids[i]);
        }

        if (asked.Count > 0)
            loop.Run(asked.Count, Math.Max(1, ParallelLogits / vocabulary), (begin, end) => Choose(first, vocabulary, rows, logitRows, readings, asked, begin, end));
        GC.KeepAlive(contiguous);
        return readings;
    }

    private static void Choose(float* first, int vocabulary, IReadOnlyList<SampleRow> rows, IReadOnlyList<int> logitRows, LogitReadings readings, List<int> asked, int begin, int end)
    {
        double[] scratch = ArrayPool<double>.Shared.Rent(vocabulary), weights = ArrayPool<double>.Shared.Rent(vocabulary);
        for (int a = begin; a < end; a++)
        {
            int i = asked[a];
            ReadOnlySpan<float> raw = Row(first, logitRows[i], vocabulary);
            if (!rows[i].HasRules)
            {
                readings.Ids[i] = RowSampler.Choose(raw, rows[i], scratch.AsSpan(0, vocabulary), weights.AsSpan(0, vocabulary));
                if (rows[i].Logprob)
                    readings.Logprobs[i] = RowRules.Logprob(raw, readings.Ids[i]);
                continue;
            }

            float[] ruled = ArrayPool<float>.Shared.Rent(vocabulary);
            Span<float> remaining = ruled.AsSpan(0, vocabulary);
            RowRules.Apply(raw, rows[i], remaining);
            readings.Ids[i] = RowSampler.Choose(remaining, rows[i], scratch.AsSpan(0, vocabulary), weights.AsSpan(0, vocabulary));
            if (rows[i].Logprob)
                readings.Logprobs[i] = RowRules.Logprob(remaining, readings.Ids[i]);
            ArrayPool<float>.Shared.Return(ruled);
        }

        ArrayPool<double>.Shared.Return(scratch);
        ArrayPool<double>.Shared.Return(weights);
    }

    private static ReadOnlySpan<float> Row(float* first, int row, int vocabulary) => new(first + ((long)row * vocabulary), vocabulary);
}
