using BenchmarkDotNet.Attributes;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Sampling;
using FLoRA.Inference.Native;
using FLoRA.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Bench.Micro;

/// <summary>32 rows of logits: greedy against filters and a random pick, as tensor operations and row by row in host memory.</summary>
public class SamplerBenchmark
{
    private const int Rows = 32, GeneratedTokens = 64;

    private ILogitReader? _reader;
    private int[] _logitRows = [];
    private DisposeScope? _scope;
    private Tensor? _logits;
    private SampleRow[] _greedy = [], _random = [], _penalised = [];

    [Params(1536, 49152)]
    public int Vocabulary { get; set; }

    /// <summary>Whether the form for host memory is used.</summary>
    [Params(false, true)]
    public bool OnHost { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string torchFolder = NativeRuntime.EnsureLoaded().TorchFolder;
        _reader = !OnHost ? new Sampler() : new HostSampler(TorchCpuLibrary.TryBind(torchFolder) is { } library ? new TorchRowLoop(library) : RowLoop.Serial);
        _logitRows = [.. Enumerable.Range(0, Rows)];
        _scope = NewDisposeScope();
        _logits = randn(Rows, Vocabulary);
        _greedy = RowsOf(SamplingOptions.Greedy);
        _random = RowsOf(new SamplingOptions { Temperature = 0.8, TopK = 50, TopP = 0.95 });
        _penalised = RowsOf(new SamplingOptions { Temperature = 0.8, TopP = 0.95, RepetitionPenalty = 1.1, FrequencyPenalty = 0.2 });
    }

    [Benchmark(Baseline = true)]
    public void Greedy() => Run(_greedy);

    [Benchmark]
    public void TopKTopP() => Run(_random);

    [Benchmark]
    public void PenaltiesTopP() => Run(_penalised);

    [GlobalCleanup]
    public void Cleanup() => _scope?.Dispose();

    private SampleRow[] RowsOf(SamplingOptions options) => [.. Enumerable.Range(0, Rows).Select(row => new SampleRow
    {
        Options = options,
        PromptTokens = [.. Enumerable.Range(row, GeneratedTokens)],
        GeneratedTokens = [.. Enumerable.Range(2 * row, GeneratedTokens)],
        Seed = (ulong)row,
        OutputIndex = GeneratedTokens,
    })];

    private void Run(SampleRow[] rows)
    {
        using var scope = NewDisposeScope();
        _reader!.Read(_logits!, rows, _logitRows);
    }
}
