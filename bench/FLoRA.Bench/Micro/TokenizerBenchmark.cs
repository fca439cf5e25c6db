using BenchmarkDotNet.Attributes;
using FLoRA.Bench.Common;
using FLoRA.Inference.Text;

namespace FLoRA.Bench.Micro;

/// <summary>Text to ids with tinycoder's tokenizer.</summary>
public class TokenizerBenchmark
{
    private Tokenizer? _tokenizer;
    private string _prompt = "", _file = "";

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = Tokenizer.Load(Path.Combine(Places.TinyCoder(), "model"));
        _prompt = "-- Cap qty at 6.\nlocal function cap(qty)\n";
        _file = File.ReadAllText(Path.Combine(Places.TinyCoder(), "README.md"));
    }

    [Benchmark(Baseline = true)]
    public int Prompt() => _tokenizer!.Encode(_prompt).Count;

    [Benchmark]
    public int WholeFile() => _tokenizer!.Encode(_file).Count;
}
