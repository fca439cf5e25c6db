using System.Text.Json.Nodes;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Models;

/// <summary>A model folder under the system's temporary folder, removed at the end of the test.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flora-model-");

    public string Path => _directory.FullName;

    /// <summary>The configuration of a golden model with some keys changed (a JSON text each) or, with "-", removed.</summary>
    public static ModelFolder Like(string goldenModel, params (string Key, string Json)[] changes)
    {
        var config = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Golden(goldenModel), "config.json")))!.AsObject();
        foreach (var (key, json) in changes)
        {
            config.Remove(key);
            if (json != "-")
                config.Add(key, JsonNode.Parse(json));
        }

        var folder = new ModelFolder();
        folder.Write("config.json", config.ToJsonString());
        return folder;
    }

    /// <summary>The model folder of a golden model; "tinycoder" is the embedded one.</summary>
    public static string Golden(string model) => model == "tinycoder"
        ? System.IO.Path.Combine(RepositoryData.TinyCoder, "model")
        : System.IO.Path.Combine(RepositoryData.Golden, model, "model");

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    public void Dispose() => _directory.Delete(recursive: true);
}
