using System.Globalization;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Models.Weights;

/// <summary>What loading costs, and that nothing of it is left.</summary>
public class WeightMemoryTests
{
    private const double LargestShareOfWeights = 1.15;

    /// <summary>Of 42 MB, so that 42 MB more are far below the allowed gigabyte: rows are rounded out of a buffer of 4 MB, through which the file is read.</summary>
    private const double LargestShareOfEightBits = 2;

    [Theory]
    [InlineData("F32", ScalarType.Float32, false)]
    [InlineData("BF16", ScalarType.BFloat16, false)]
    [InlineData("BF16", ScalarType.Float32, false)]
    [InlineData("F32", ScalarType.BFloat16, false)]
    [InlineData("F32", ScalarType.Float32, true)]
    [InlineData("F16", ScalarType.Float32, true)]
    [InlineData("BF16", ScalarType.Float32, true)]
    public void Anonymous_memory_is_that_of_the_weights_while_loading_and_gone_afterwards(string stored, ScalarType engine, bool isEightBit)
    {
        using var folder = ModelFolder.Like("llama-mha", ("hidden_size", "512"), ("intermediate_size", "2048"), ("num_hidden_layers", "8"),
            ("num_attention_heads", "8"), ("num_key_value_heads", "8"), ("head_dim", "64"), ("vocab_size", "8000"));
        var blueprint = ModelConfigReader.Read(folder.Path);
        SyntheticCheckpoint.WriteSparse(folder.PathOf("model.safetensors"), SyntheticCheckpoint.TensorsOf(blueprint), stored);
        using var checkpoint = Checkpoint.Open(folder.Path);
        DecoderWeights.Load(blueprint, checkpoint, CPU, engine, isEightBit: isEightBit).Dispose(); // libtorch's own one-time memory

        // Whatever else lives in the test process takes and returns memory too: what costs too much does so every time.
        (double Peak, double Left)[] attempts = [.. Enumerable.Range(0, 4).Select(_ => Measure(blueprint, checkpoint, engine, isEightBit))];

        string measured = string.Join(", ", attempts);
        Assert.True(attempts.Min(attempt => attempt.Peak) <= (isEightBit ? LargestShareOfEightBits : LargestShareOfWeights), measured);
        Assert.True(attempts.Max(attempt => attempt.Peak) >= 0.5, measured); // the measure sees the weights at all; pages that others freed are taken again unseen
        Assert.True(attempts.Min(attempt => attempt.Left) <= 0.1, measured);
    }

    /// <summary>Peak while loading and what is left afterwards, as shares of the weights.</summary>
    private static (double Peak, double Left) Measure(DecoderBlueprint blueprint, Checkpoint checkpoint, ScalarType engine, bool isEightBit)
    {
        // What finalizers of other tests free while weights are loaded would hide as much of them.
        for (int round = 0; round < 2; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        HostHeap.ReturnFreed(); // what glibc keeps would hide what the next load takes
        long before = AnonymousBytes(), peak = 0;
        DecoderWeights weights = DecoderWeights.Load(blueprint, checkpoint, CPU, engine, _ => peak = Math.Max(peak, AnonymousBytes()), isEightBit);
        double bytes = weights.ByteCount;
        Assert.InRange(bytes, isEightBit ? 40_000_000 : 80_000_000, isEightBit ? 50_000_000 : 200_000_000);
        weights.Dispose();
        HostHeap.ReturnFreed(); // as an engine does
        return ((peak - before) / bytes, (AnonymousBytes() - before) / bytes);
    }

    [Fact]
    public void Weights_outlive_a_dispose_scope_and_dispose_frees_every_tensor()
    {
        var folder = ModelFolder.Golden("qwen3");
        var blueprint = ModelConfigReader.Read(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var before = LiveTensors();
        DecoderWeights weights;
        using (NewDisposeScope())
            weights = DecoderWeights.Load(blueprint, checkpoint, CPU, ScalarType.BFloat16);

        Assert.Equal(before + checkpoint.Tensors.Count - 3 * blueprint.Layers.Count, LiveTensors()); // q, k, v are one, gate and up are one
        Assert.False(weights.Head!.IsInvalid);
        weights.Dispose();
        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public void A_file_that_was_cut_after_opening_fails_clearly_and_leaves_no_tensor()
    {
        using var folder = ModelFolder.Like("qwen3");
        var blueprint = ModelConfigReader.Read(folder.Path);
        SyntheticCheckpoint.Write(folder.PathOf("model.safetensors"), SyntheticCheckpoint.TensorsOf(blueprint));
        using var checkpoint = Checkpoint.Open(folder.Path);
        using (var file = File.Open(folder.PathOf("model.safetensors"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length / 2);
        var before = LiveTensors();

        var exception = Assert.Throws<ModelLoadException>(() => DecoderWeights.Load(blueprint, checkpoint, CPU, ScalarType.Float32));

        Assert.Contains("ends at byte", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public void Progress_rises_to_one()
    {
        var folder = ModelFolder.Golden("llama-gqa-rope3");
        using var checkpoint = Checkpoint.Open(folder);
        var fractions = new List<double>();

        DecoderWeights.Load(ModelConfigReader.Read(folder), checkpoint, CPU, ScalarType.Float32, fractions.Add).Dispose();

        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(1.0, fractions[^1]);
        Assert.True(fractions[0] > 0);
    }

    private static long LiveTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private static long AnonymousBytes()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line["RssAnon:".Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }
}
