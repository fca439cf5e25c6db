using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>The attention kernel against plain loops, over head widths, groups, windows, block sizes and lengths.</summary>
public class SingleTokenAttentionTests
{
    public static TheoryData<int, int, int, int, int?> Shapes => new()
    {
        { 6, 1, 32, 16, null },
        { 4, 2, 12, 16, null },
        { 4, 4, 10, 4, null },
        { 8, 2, 64, 16, 5 },
        { 2, 1, 128, 1, 33 },
        { 3, 3, 48, 7, 1 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Equals_plain_loops(int queryHeads, int kvHeads, int headDim, int blockTokens, int? window)
    {
        TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
        using var scope = NewDisposeScope();
        var random = new Random(queryHeads + headDim);
        using var cache = new KvCache(1, 64, blockTokens, kvHeads, headDim, ScalarType.Float32, CPU);
        Span<float> stored = HostMemory.Elements<float>(cache.Rows(0));
        for (int i = 0; i < stored.Length; i++)
            stored[i] = random.NextSingle() - 0.5f;
        int[] lengths = [1, blockTokens, blockTokens + 1, 3, Math.Min(40, 20 * blockTokens)];
        int blocks = lengths.Max(l => (l + blockTokens - 1) / blockTokens);
        long[,] table = new long[lengths.Length, blocks];
        for (int s = 0; s < lengths.Length; s++)
        {
            for (int b = 0; b < blocks; b++)
                table[s, b] = random.Next(64);
        }

        long[] halves = [.. table.Cast<long>().Select(b => 2 * b), .. table.Cast<long>().Select(b => (2 * b) + 1)];
        var group = new SingleTokenGroup(lengths.Length, blocks, null, tensor([.. lengths.Select(l => (long)l)]), tensor(halves));
        // As the decoder hands it over: a slice of the stacked query/key/value rows, so its rows are further apart than it is wide.
        Tensor stacked = rand(lengths.Length, (queryHeads + (2 * kvHeads)) * headDim).sub(0.5f);
        Tensor query = stacked.narrow(1, 0, (long)queryHeads * headDim).view(lengths.Length, queryHeads, headDim);
        double scale = 1 / Math.Sqrt(headDim);

        var kernel = new SingleTokenAttention(library, cache, queryHeads, kvHeads, headDim, scale);
        float[] actual = HostMemory.Elements<float>(kernel.Forward(query, 0, group, window)).ToArray();

        float[] q = HostMemory.Elements<float>(query.contiguous()).ToArray();
        for (int s = 0; s < lengths.Length; s++)
        {
            for (int head = 0; head < queryHeads; head++)
            {
                int kvHead = head / (queryHeads / kvHeads), sequence = s;
                float At(bool value, int p, int d) => HostMemory.Elements<float>(cache.Rows(0))[(int)((((((table[sequence, p / blockTokens] * 2) + (value ? 1 : 0)) * blockTokens) + (p % blockTokens)) * kvHeads + kvHead) * headDim) + d];
                int first = window is { } w ? Math.Max(0, lengths[s] - w) : 0;
                double[] weights = [.. Enumerable.Range(first, lengths[s] - first).Select(p => Math.Exp(scale * Enumerable.Range(0, headDim).Sum(d => (double)q[(((sequence * queryHeads) + head) * headDim) + d] * At(false, p, d))))];
                for (int d = 0; d < headDim; d++)
                {
                    double expected = weights.Select((weight, i) => weight * At(true, first + i, d)).Sum() / weights.Sum();
                    Assert.Equal(expected, (double)actual[(((s * queryHeads) + head) * headDim) + d], 1e-5);
                }
            }
        }
    }
}
