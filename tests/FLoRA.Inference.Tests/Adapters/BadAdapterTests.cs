using System.Text.RegularExpressions;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Every folder of bad-adapters is refused, and the message says what its README says.</summary>
public sealed partial class BadAdapterTests
{
    private static readonly string[] ModelsWithBadAdapters = ["gptbigcode-mqa", "llama-mha"];

    /// <summary>Folder -> words that its message must have, besides the names that the README puts in backticks.</summary>
    private static readonly Dictionary<string, string[]> TellingWords = new(StringComparer.Ordinal)
    {
        ["wrong-shape-flora"] = ["has shape [", "expected [r = ", "out = "],
        ["transposed-flora"] = ["has shape [48, 2]; expected [r = 2, in = 48]"],
        ["rank-differs"] = ["has shape [3, ", "expected [r = 2, out = "],
        ["wrong-shape-lora"] = ["has shape [", "expected [out = "],
        ["missing-tensor-flora"] = ["is missing, though its module is a target"],
        ["missing-module-lora"] = ["is a target but has no tensors in the file"],
        ["extra-tensor"] = ["belongs to no linear layer of the model"],
        ["unknown-peft-type"] = ["peft_type \"WOBBLE\" is not supported", "\"FLORA\" or \"LORA\" or \"IA3\" or \"HIRA\""],
        ["no-such-target"] = ["target_modules: 'nonexistent_proj' matches no linear layer"],
        ["truncated"] = ["adapter_model.safetensors", "beyond the end of the file", "truncated"],
        ["truncated-header"] = ["adapter_model.safetensors", "header length", "larger than the file"],
        ["header-too-long"] = ["adapter_model.safetensors", "header length", "larger than the file"],
        ["header-huge"] = ["adapter_model.safetensors", "header length 18446744073709551615 is above the limit"],
        ["header-not-json"] = ["adapter_model.safetensors", "the header is not"],
        ["offsets-overlap"] = ["adapter_model.safetensors", "overlap"],
        ["offsets-beyond-end"] = ["adapter_model.safetensors", "beyond the end of the file"],
        ["shape-vs-bytes"] = ["adapter_model.safetensors", "needs", "bytes, but data_offsets"],
        ["dtype-i64"] = ["has dtype I64; expected F32, F16 or BF16"],
        ["nan"] = ["has a NaN at ["],
        ["inf-lora"] = ["has an infinity at ["],
        ["r-zero"] = ["r is 0; expected an integer of at least 1"],
        ["config-not-json"] = ["adapter_config.json is not valid JSON"],
        ["config-missing"] = ["adapter_config.json is missing"],
        ["config-array"] = ["adapter_config.json is not a JSON object but Array"],
        ["weights-missing"] = ["adapter_model.safetensors is missing"],
        ["other-width"] = ["has shape [", "in = 48"],
        ["unknown-reduction"] = ["reduction \"max\" is not supported; expected \"mean\" or \"sum\""],
    };

    public static TheoryData<string, string> Folders()
    {
        var data = new TheoryData<string, string>();
        foreach (var model in ModelsWithBadAdapters)
        {
            foreach (var name in TellingWords.Keys)
                data.Add(model, name);
        }

        return data;
    }

    [Fact]
    public void EveryFolderHasItsWords() => Assert.All(
        ModelsWithBadAdapters,
        model => Assert.Equal(
            TellingWords.Keys.Order(StringComparer.Ordinal),
            Directory.GetDirectories(Path.GetDirectoryName(GoldenAdapters.Bad(model, "nan"))!).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)));

    [Theory]
    [MemberData(nameof(Folders))]
    public void IsRefusedForItsReason(string model, string name)
    {
        var folder = GoldenAdapters.Bad(model, name);
        var error = Assert.Throws<AdapterLoadException>(() => AdapterLoader.Load(folder, GoldenAdapters.Blueprint(model)));

        Assert.Equal(folder, error.Folder);
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        var telling = TellingWords[name].Concat(NamedInReadme(model, name));
        Assert.All(telling, words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void IsRefusedWithoutAModelToo(string model, string name)
    {
        // Without a model's widths and modules these cannot be told from good ones.
        string[] needTheModel = ["wrong-shape-flora", "wrong-shape-lora", "missing-module-lora", "other-width"];
        if (needTheModel.Contains(name))
            Assert.NotEmpty(AdapterFolder.Inspect(GoldenAdapters.Bad(model, name)).Modules);
        else
            Assert.Throws<AdapterLoadException>(() => AdapterFolder.Inspect(GoldenAdapters.Bad(model, name)));
    }

    [Fact]
    public void EveryProblemIsListed()
    {
        using var target = new TestSupport.TemporaryFolder();
        var folder = GoldenAdapters.CopyWithConfig(
            target, "llama-mha", "lora-r4", c => c.Replace("\"use_dora\": false", "\"use_dora\": true", StringComparison.Ordinal).Replace("\"r\": 4", "\"r\": 5", StringComparison.Ordinal));
        var error = Assert.Throws<AdapterLoadException>(() => AdapterLoader.Load(folder, GoldenAdapters.Blueprint("llama-mha")));
        Assert.Contains(error.Problems, p => p.Contains("'use_dora' is true", StringComparison.Ordinal));
        Assert.Contains(error.Problems, p => p.Contains("lora_A.weight' has shape [4, 48]; expected [r = 5, in = 48]", StringComparison.Ordinal));
        Assert.Contains(error.Problems, p => p.Contains("lora_B.weight' has shape [", StringComparison.Ordinal));
    }

    [Fact]
    public void APickleIsNotRead()
    {
        using var target = new TestSupport.TemporaryFolder();
        target.Write("adapter_model.bin", [0x80, 2]);
        File.Copy(Path.Combine(GoldenAdapters.Good("llama-mha", "lora-r4"), "adapter_config.json"), target.File("adapter_config.json"));
        var error = Assert.Throws<AdapterLoadException>(() => AdapterLoader.Load(target.Path, GoldenAdapters.Blueprint("llama-mha")));
        Assert.Contains("convert it to safetensors", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFolderIsNamed()
    {
        var error = Assert.Throws<AdapterLoadException>(() => AdapterLoader.LoadWithoutModel("no such place"));
        Assert.Equal(["there is no such folder"], error.Problems);
        Assert.Contains("'no such place'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The tensors and modules that the README's line on the folder names.</summary>
    private static IEnumerable<string> NamedInReadme(string model, string name)
    {
        var line = File.ReadLines(GoldenAdapters.Bad(model, "README.md")).Single(l => l.StartsWith($"- `{name}`:", StringComparison.Ordinal));
        return Backticked().Matches(line[line.IndexOf(':', StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Backticked();
}
