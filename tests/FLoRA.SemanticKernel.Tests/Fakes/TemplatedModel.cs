using System.Text.Json.Nodes;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A folder with tinycoder's tokenizer and config, and a chat template; deleted when disposed.</summary>
internal sealed class TemplatedModel : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flora-templated-");

    internal TemplatedModel(string template = "{% for m in messages %}{{ m.content }}{% endfor %}")
    {
        foreach (string name in new[] { "config.json", "tokenizer.json" })
            File.Copy(System.IO.Path.Combine(TestModel.Folder, name), System.IO.Path.Combine(Path, name));
        JsonNode config = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(TestModel.Folder, "tokenizer_config.json")))!;
        config["chat_template"] = template;
        File.WriteAllText(System.IO.Path.Combine(Path, "tokenizer_config.json"), config.ToJsonString());
    }

    internal string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
