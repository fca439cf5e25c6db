using System.Text;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Whatever the bytes of an adapter folder: it loads, or AdapterLoadException.</summary>
public sealed class AdapterFuzzTests : IDisposable
{
    private const string Model = "llama-gqa-rope3";
    private const int HeaderBytes = 600;

    /// <summary>Text that a corrupted configuration is likely to trip over.</summary>
    private static readonly string[] Splices =
        ["\"", "{", "}", "[", "]", ",", ":", "null", "true", "0", "-1", "1e400", "99999999999", "\\ud800", "(", "(?<a>", "(a+)+", "\\\\", "*", "[^", "\"r\":1,", "all-linear", " "];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flora-pattern")]
    [InlineData("lora-pattern")]
    [InlineData("ia3")]
    [InlineData("hira-r2")]
    public void CorruptionNeverYieldsAnythingElse(string name)
    {
        var blueprint = GoldenAdapters.Blueprint(Model);
        var config = File.ReadAllBytes(Path.Combine(GoldenAdapters.Good(Model, name), "adapter_config.json"));
        var tensors = File.ReadAllBytes(Path.Combine(GoldenAdapters.Good(Model, name), "adapter_model.safetensors"));
        var random = new Random(name.Length);
        var refused = 0;
        const int rounds = 400;
        for (var round = 0; round < rounds; round++)
        {
            var ofConfig = random.Next(4) != 0;
            _folder.Write("adapter_config.json", ofConfig ? Corrupted(config, config.Length, random) : config);
            _folder.Write("adapter_model.safetensors", ofConfig ? tensors : Corrupted(tensors, HeaderBytes, random));
            try
            {
                Assert.NotEmpty(AdapterLoader.Load(_folder.Path, blueprint).Modules);
            }
            catch (AdapterLoadException e)
            {
                Assert.NotEmpty(e.Problems);
                refused++;
            }
        }

        // Most of the bytes matter; a changed version text does not.
        Assert.InRange(refused, rounds / 2, rounds - 1);
    }

    private static byte[] Corrupted(byte[] bytes, int within, Random random)
    {
        var at = random.Next(within);
        var splice = Encoding.UTF8.GetBytes(Splices[random.Next(Splices.Length)]);
        return random.Next(3) switch
        {
            0 => [.. bytes[..at], .. splice, .. bytes[at..]],
            1 => [.. bytes[..at], .. splice, .. bytes[Math.Min(bytes.Length, at + splice.Length)..]],
            _ => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
        };
    }
}
