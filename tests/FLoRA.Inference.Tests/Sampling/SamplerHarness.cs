using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Sampling;
using FLoRA.Inference.Native;
using FLoRA.Inference.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Sampling;

/// <summary>Arrays in, arrays out, around the sampler's tensors.</summary>
internal static class SamplerHarness
{
    private static readonly string TorchFolder = NativeRuntime.EnsureLoaded().TorchFolder;

    private static readonly Sampler Sampler = new();

    private static readonly HostSampler OnHost = new(RowLoop.Serial), OnTorchThreads = new(new TorchRowLoop(TorchCpuLibrary.TryBind(TorchFolder)!));

    /// <summary>Relative, between the sums of both forms.</summary>
    private const double LogprobTolerance = 2e-6;

    /// <summary>One row of a test batch.</summary>
    public static SampleRow Row(SamplingOptions options, int[]? prompt = null, int[]? generated = null, ulong seed = 0, int index = 0, bool logprob = false) => new()
    {
        Options = options,
        PromptTokens = prompt ?? [],
        GeneratedTokens = generated ?? [],
        Seed = seed,
        OutputIndex = index,
        Logprob = logprob,
    };

    /// <summary>Chosen ids and, if any row asked, log-probabilities. The form for host memory must choose the same as the tensor form.</summary>
    public static (long[] Ids, float[]? Logprobs) Sample(float[][] logits, params SampleRow[] rows)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable gradients = no_grad();
        Tensor stacked = Stack(logits);
        SampledTokens sampled = Sampler.Sample(stacked, rows);
        long[] ids = HostMemory.Elements<long>(sampled.Ids).ToArray();
        float[]? logprobs = sampled.Logprobs is { } given ? HostMemory.Elements<float>(given).ToArray() : null;
        int[] logitRows = [.. Enumerable.Range(0, rows.Length)];
        LogitReadings onTensors = Sampler.Read(stacked, rows, logitRows);
        Assert.Equal(ids, onTensors.Ids.Select(id => (long)id));
        foreach (HostSampler host in (HostSampler[])[OnHost, OnTorchThreads])
        {
            LogitReadings readings = host.Read(stacked, rows, logitRows);
            Assert.Equal(ids, readings.Ids.Select(id => (long)id));
            Assert.Equal(onTensors.Finite, readings.Finite);
            for (int row = 0; row < rows.Length; row++)
                Assert.True(!rows[row].Logprob || !readings.Finite[row] || Math.Abs(readings.Logprobs[row] - logprobs![row]) <= LogprobTolerance * Math.Max(1, Math.Abs(logprobs[row])));
        }

        return (ids, logprobs);
    }

    /// <summary>Chosen ids of the form for host memory alone.</summary>
    public static long[] SampleOnHost(float[][] logits, params SampleRow[] rows)
    {
        using IDisposable scope = NewDisposeScope();
        return [.. OnHost.Read(Stack(logits), rows, [.. Enumerable.Range(0, rows.Length)]).Ids.Select(id => (long)id)];
    }

    /// <summary>Per row the probabilities that the filters leave.</summary>
    public static double[][] Probabilities(float[][] logits, params SampleRow[] rows)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable gradients = no_grad();
        Tensor probabilities = Sampler.Filter(Stack(logits), rows).softmax(1);
        return [.. HostMemory.Elements<double>(probabilities).ToArray().Chunk(logits[0].Length)];
    }

    /// <summary>The pick alone, at a given u.</summary>
    public static long[] Pick(double[][] logits, double[] uniforms)
    {
        using IDisposable scope = NewDisposeScope();
        Tensor stacked = tensor(logits.SelectMany(row => row).ToArray(), logits.Length, logits[0].Length);
        return HostMemory.Elements<long>(InverseCdfPick.Pick(stacked, tensor(uniforms, uniforms.Length, 1))).ToArray();
    }

    /// <summary>Rows as one tensor, float32 [rows, vocabulary].</summary>
    public static Tensor Stack(float[][] logits) => tensor(logits.SelectMany(row => row).ToArray(), logits.Length, logits[0].Length);

    /// <summary>Reproducible logits of a spread as real models have.</summary>
    public static float[][] RandomLogits(int rows, int vocabulary, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, vocabulary).Select(_ => (float)(random.NextDouble() * 12 - 6)).ToArray())];
    }
}
