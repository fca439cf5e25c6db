using FLoRA.Inference.Models;
using FLoRA.Inference.Tests.Models;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Adapter folders of the golden models and of the embedded one, and copies of them with something changed.</summary>
internal static class GoldenAdapters
{
    public static readonly string[] Models = ["gptbigcode-mha", "gptbigcode-mqa", "llama-gqa-rope3", "llama-mha", "qwen2", "qwen3", "starcoder2", "tinycoder"];

    /// <summary>(model, adapter name) of every good folder.</summary>
    public static TheoryData<string, string> All()
    {
        var data = new TheoryData<string, string>();
        foreach (var model in Models)
        {
            foreach (var folder in Directory.GetDirectories(Path.Combine(ModelParent(model), "adapters")).Order(StringComparer.Ordinal))
                data.Add(model, Path.GetFileName(folder));
        }

        return data;
    }

    public static string ModelParent(string model) => Path.GetDirectoryName(ModelFolder.Golden(model))!;

    public static string Good(string model, string adapter) => Path.Combine(ModelParent(model), "adapters", adapter);

    public static string Bad(string model, string adapter) => Path.Combine(ModelParent(model), "bad-adapters", adapter);

    public static DecoderBlueprint Blueprint(string model) => ModelConfigReader.Read(ModelFolder.Golden(model));

    /// <summary>Copies a good folder and rewrites its configuration.</summary>
    public static string CopyWithConfig(TemporaryFolder target, string model, string adapter, Func<string, string> change)
    {
        var folder = Directory.CreateDirectory(target.File(Guid.NewGuid().ToString("N"))).FullName;
        var source = Good(model, adapter);
        File.Copy(Path.Combine(source, "adapter_model.safetensors"), Path.Combine(folder, "adapter_model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), change(File.ReadAllText(Path.Combine(source, "adapter_config.json"))));
        return folder;
    }
}
