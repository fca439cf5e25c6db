using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Native;
using FLoRA.Inference.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Sampling;

/// <summary>Arrays in, arrays out, around the sampler's tensors.</summary>
internal static class SamplerHarness
{
    static SamplerHarness() => NativeRuntime.EnsureLoaded();

    private static readonly Sampler Sampler = new();

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

    /// <summary>Chosen ids and, if any row asked, log-probabilities.</summary>
    public static (long[] Ids, float[]? Logprobs) Sample(float[][] logits, params SampleRow[] rows)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable gradients = no_grad();
        SampledTokens sampled = Sampler.Sample(Stack(logits), rows);
        return (HostMemory.Elements<long>(sampled.Ids).ToArray(),
            sampled.Logprobs is { } logprobs ? HostMemory.Elements<float>(logprobs).ToArray() : null);
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
