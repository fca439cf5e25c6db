using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Tests.Models;

namespace FLoRA.Inference.Tests.Adapters;

public sealed class GoodAdapterTests
{
    public static TheoryData<string, string> All => GoldenAdapters.All();

    [Theory]
    [MemberData(nameof(All))]
    public void LoadsForItsModel(string model, string name)
    {
        var blueprint = GoldenAdapters.Blueprint(model);
        var adapter = AdapterLoader.Load(GoldenAdapters.Good(model, name), blueprint);

        var byPath = blueprint.Modules.ToDictionary(m => m.Path);
        Assert.NotEmpty(adapter.Modules);
        Assert.Equal(blueprint.Modules.Select(m => m.Path).Where(adapter.Modules.Select(m => m.Path).Contains), adapter.Modules.Select(m => m.Path));
        foreach (var module in adapter.Modules)
            AssertSizes(module, byPath[module.Path]);
        using var file = SafetensorsFile.Open(Path.Combine(adapter.Folder, "adapter_model.safetensors"));
        Assert.Equal(file.Tensors.Values.Sum(t => t.ElementCount), adapter.ParameterCount);
    }

    [Theory]
    [InlineData("flora-r3-sum", AdapterKind.Flora, 3, 3)]
    [InlineData("flora-pattern", AdapterKind.Flora, 2, 7)]
    [InlineData("hira-r2", AdapterKind.Hira, 2, 3)]
    [InlineData("ia3", AdapterKind.Ia3, 1, 1)]
    [InlineData("lora-r8-alllinear", AdapterKind.Lora, 8, 1)]
    public void KindRankAndWidth(string name, AdapterKind kind, int rank, int rowWidth)
    {
        var adapter = AdapterLoader.Load(GoldenAdapters.Good("gptbigcode-mqa", name), GoldenAdapters.Blueprint("gptbigcode-mqa"));
        Assert.Equal((kind, rank, rowWidth), (adapter.Kind, adapter.Rank, adapter.RowWidth));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void InspectsAlikeWithAndWithoutItsModel(string model, string name)
    {
        var folder = GoldenAdapters.Good(model, name);
        var alone = AdapterFolder.Inspect(folder);
        var forModel = AdapterFolder.Inspect(folder, ModelFolder.Golden(model));
        Assert.Equal(forModel with { Modules = [] }, alone with { Modules = [] });
        Assert.Equal(forModel.Modules.OrderBy(m => m.Path, StringComparer.Ordinal), alone.Modules);
    }

    [Fact]
    public void TheContentHashTellsVersionsApartAndNothingElse()
    {
        using var folder = new TestSupport.TemporaryFolder();
        var blueprint = GoldenAdapters.Blueprint("llama-mha");
        string Hash(string path) => AdapterLoader.Load(path, blueprint).ContentHash;

        var original = Hash(GoldenAdapters.Good("llama-mha", "lora-r4"));
        var copy = GoldenAdapters.CopyWithConfig(folder, "llama-mha", "lora-r4", c => c);
        Assert.Equal(original, Hash(copy));

        var otherAlpha = GoldenAdapters.CopyWithConfig(folder, "llama-mha", "lora-r4", c => c.Replace("\"lora_alpha\": 8", "\"lora_alpha\": 9", StringComparison.Ordinal));
        Assert.NotEqual(original, Hash(otherAlpha));

        var tensors = Path.Combine(copy, "adapter_model.safetensors");
        var bytes = File.ReadAllBytes(tensors);
        bytes[^4] ^= 1;
        File.WriteAllBytes(tensors, bytes);
        Assert.NotEqual(original, Hash(copy));
    }

    [Fact]
    public void TheFolderOfAdaptersListsThem()
    {
        var listed = AdapterFolder.List(Path.GetDirectoryName(GoldenAdapters.Good("llama-mha", "ia3"))!);
        Assert.Equal(["flora-r1", "flora-r4-alllinear", "ia3", "lora-r4"], listed.Select(a => a.Key));
        Assert.All(listed, a => Assert.Equal(GoldenAdapters.Good("llama-mha", a.Key), a.Value));
    }

    private static void AssertSizes(ModuleAdapter module, ModuleBlueprint blueprint)
    {
        Assert.True(module.OutputScale is null || module.OutputScale.Length == module.RowCount * blueprint.OutFeatures);
        Assert.True(module.InputScale is null || module.InputScale.Length == module.RowCount * blueprint.InFeatures);
        Assert.True(module.BiasScale is null || module.BiasScale.Length == blueprint.OutFeatures);
        Assert.Equal(module.AdditiveRank > 0 ? module.AdditiveRank * blueprint.InFeatures : null, module.Down?.Length);
        Assert.Equal(module.AdditiveRank > 0 ? module.AdditiveRank * blueprint.OutFeatures : null, module.Up?.Length);
    }
}
