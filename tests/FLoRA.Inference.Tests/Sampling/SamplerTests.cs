using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Sampling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly SamplingOptions Everything = new()
    {
        RepetitionPenalty = 1.2,
        PresencePenalty = 0.3,
        FrequencyPenalty = 0.2,
        LogitBias = new Dictionary<int, double> { [5] = 2, [9] = -100 },
        Temperature = 0.8,
        TopK = 40,
        TopP = 0.9,
        MinP = 0.02,
    };

    private static readonly SamplingOptions[] Grid =
    [
        SamplingOptions.Greedy,
        new() { RepetitionPenalty = 1.5 },
        new() { Temperature = 1 },
        new() { Temperature = 1.3, TopK = 50 },
        new() { Temperature = 0.7, TopP = 0.95 },
        new() { Temperature = 1, MinP = 0.05 },
        Everything,
    ];

    /// <summary>A vocabulary beyond libtorch's limit for parallel work, where reductions could be split by batch size.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(1536)]
    [InlineData(49152)]
    public void ARowsPickIsTheSameAloneAndInAnyBatch(int vocabulary)
    {
        float[][] logits = SamplerHarness.RandomLogits(2 * Grid.Length, vocabulary, seed: 5);
        SampleRow[] rows = [.. logits.Select((_, i) => SamplerHarness.Row(Grid[i % Grid.Length], [1, 2, 3], [5, 5, 7], (ulong)i, i))];
        long[] alone = [.. rows.Select((row, i) => SamplerHarness.Sample([logits[i]], row).Ids[0])];
        foreach (int batchSize in (int[])[2, 3, 5, 14])
        {
            for (int start = 0; start < rows.Length; start += batchSize)
            {
                int end = Math.Min(start + batchSize, rows.Length);
                Assert.Equal(alone[start..end], SamplerHarness.Sample(logits[start..end], rows[start..end]).Ids);
            }
        }
    }

    [Fact]
    public void PickFrequenciesFollowTheProbabilities()
    {
        const int Count = 4000;
        float[] logits = [0f, 1f, 2f, -1f, 0.5f, -3f, 1.5f, 2.2f];
        SamplingOptions options = new() { Temperature = 0.9, TopK = 6, MinP = 0.05 };
        SampleRow[] rows = [.. Enumerable.Range(0, Count).Select(index => SamplerHarness.Row(options, seed: 42, index: index))];
        (long[] ids, _) = SamplerHarness.Sample([.. Enumerable.Repeat(logits, Count)], rows);

        double[] probabilities = SamplingReference.Probabilities(options, [], [], logits);
        for (int id = 0; id < logits.Length; id++)
        {
            double p = probabilities[id];
            int seen = ids.Count(x => x == id);
            Assert.InRange(seen - Count * p, -4 * Math.Sqrt(Count * p * (1 - p)), 4 * Math.Sqrt(Count * p * (1 - p)));
        }
    }

    [Fact]
    public void CallersLogitsAreNotChanged()
    {
        float[][] logits = SamplerHarness.RandomLogits(3, 64, seed: 1);
        using IDisposable scope = NewDisposeScope();
        using Tensor given = SamplerHarness.Stack(logits);
        SampleRow row = SamplerHarness.Row(Everything, [1, 2], [3, 3], logprob: true);
        new Sampler().Sample(given, [row, row, row]);
        Assert.Equal(logits.SelectMany(x => x), HostMemory.Elements<float>(given).ToArray());
    }

    [Fact]
    public void GreedyTakesTheFirstOfEquals()
    {
        float[] logits = [1, 3, 3, 2];
        Assert.Equal([1L], SamplerHarness.Sample([logits], SamplerHarness.Row(SamplingOptions.Greedy)).Ids);
        Assert.Equal([1L], SamplerHarness.Sample([logits], SamplerHarness.Row(new SamplingOptions { Temperature = 1, TopK = 1 }, seed: 9)).Ids);
    }

    [Fact]
    public void PenaltiesAndBiasReachGreedyRows()
    {
        float[] logits = [1, 3, 2.9f, 2];
        SampleRow penalised = SamplerHarness.Row(new SamplingOptions { RepetitionPenalty = 2 }, prompt: [1]);
        SampleRow biased = SamplerHarness.Row(new SamplingOptions { LogitBias = new Dictionary<int, double> { [0] = 5 } });
        SampleRow present = SamplerHarness.Row(new SamplingOptions { PresencePenalty = 0.5 }, prompt: [1], generated: [2]);
        Assert.Equal([2L, 0L, 1L], SamplerHarness.Sample([logits, logits, logits], penalised, biased, present).Ids);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void ExtremeTemperaturesGiveAValidId(double temperature)
    {
        float[] logits = [-30, 5, 4.9f, -2];
        SampleRow row = SamplerHarness.Row(new SamplingOptions { Temperature = temperature }, seed: 3, index: 8);
        long id = SamplerHarness.Sample([logits], row).Ids[0];
        Assert.Equal(temperature < 1 ? 1 : SamplingReference.Pick([0.25, 0.25, 0.25, 0.25], Philox.Uniform(3, 8)), id);
    }

    [Fact]
    public void RowCountsMustAgree()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => SamplerHarness.Sample([[1f, 2f]], []));
        Assert.Contains("Expected 0 rows of logits, got 1", error.Message, StringComparison.Ordinal);
    }
}
