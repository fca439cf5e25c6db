using System.Text.Json.Nodes;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Models;

public class ConfigMutationTests
{
    private static readonly string[] Values =
        ["-", "null", "true", "0", "-1", "3", "1e400", "2147483648", "0.5", "\"\"", "\"default\"", "[]", "[[1]]", "{}", """{"rope_type":{}}"""];

    /// <summary>Whatever one key holds, the outcome is a blueprint or the one exception that names the folder.</summary>
    [Theory]
    [InlineData("gptbigcode-mqa")]
    [InlineData("llama-gqa-rope3")]
    [InlineData("starcoder2")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void One_changed_key_gives_a_blueprint_or_a_clear_refusal(string model)
    {
        var keys = JsonNode.Parse(File.ReadAllText(Path.Combine(ModelFolder.Golden(model), "config.json")))!.AsObject().Select(p => p.Key).ToList();
        var (read, refused) = (0, 0);
        foreach (var (key, json) in keys.SelectMany(k => Values.Select(v => (k, v))))
        {
            using var folder = ModelFolder.Like(model, (key, json));
            try
            {
                Assert.NotEmpty(ModelConfigReader.Read(folder.Path).Layers);
                read++;
            }
            catch (ModelLoadException e)
            {
                Assert.Contains(folder.Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(read > keys.Count && refused > keys.Count, $"{read} read, {refused} refused");
    }
}
