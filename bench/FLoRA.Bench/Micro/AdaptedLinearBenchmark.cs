using BenchmarkDotNet.Attributes;
using FLoRA.Bench.LoraBaseline;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Bench.Micro;

/// <summary>One linear layer, every sequence with an adapter of its own and one token.</summary>
public class AdaptedLinearBenchmark
{
    private DisposeScope? _scope;
    private Tensor? _x;
    private AdaptedLayer? _base, _rank1, _rank4, _lora4;

    [Params(192, 768)]
    public int Width { get; set; }

    [Params(8, 32)]
    public int Sequences { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        NativeRuntime.EnsureLoaded();
        _scope = NewDisposeScope();
        var random = new RandomAdapters(Width, seed: 1);
        Tensor weight = rand(Width, Width);
        _x = rand(Sequences, Width);
        AdaptedLayer Layer(Func<Adapter?> adapter) => new(weight, [.. Enumerable.Range(0, Sequences).Select(_ => adapter())]);
        _base = Layer(() => null);
        _rank1 = Layer(() => random.Flora(1));
        _rank4 = Layer(() => random.Flora(4));
        _lora4 = Layer(() => random.Lora(4));
    }

    [Benchmark(Baseline = true)]
    public void Base() => Run(_base!);

    [Benchmark]
    public void FloraRank1() => Run(_rank1!);

    [Benchmark]
    public void FloraRank4() => Run(_rank4!);

    [Benchmark]
    public void LoraRank4() => Run(_lora4!);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (AdaptedLayer? layer in new[] { _base, _rank1, _rank4, _lora4 })
            layer?.Dispose();
        _scope?.Dispose();
    }

    private void Run(AdaptedLayer layer)
    {
        using var scope = NewDisposeScope();
        layer.Forward(_x!);
    }
}
