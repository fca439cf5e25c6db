using System.Text.Json;
using FLoRA.Inference;
using FLoRA.TestData;

namespace FLoRA.Parity.Tests;

/// <summary>One case of a golden model: a prompt, an adapter, what the reference code gives.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Adapter">Null: base.</param>
/// <param name="Tokens">Prompt.</param>
/// <param name="Logprobs">Of tokens[1..].</param>
/// <param name="LastTop">Best ids and logits after the prompt; empty where not given.</param>
/// <param name="Greedy">Greedy ids, end tokens ignored.</param>
/// <param name="GreedyLogprobs">Their log-probabilities.</param>
public sealed record GoldenCase(string Name, string? Adapter, int[] Tokens, float[] Logprobs, (int Id, float Logit)[] LastTop, int[] Greedy, float[] GreedyLogprobs);

/// <summary>A model folder with its cases.</summary>
public sealed class GoldenModel
{
    private readonly string _folder;

    public GoldenModel(string folder) => _folder = folder;

    public static GoldenModel Named(string name) => new(name == "tinycoder" ? RepositoryData.TinyCoder : Path.Combine(RepositoryData.Golden, name));

    public string ModelFolder => Path.Combine(_folder, "model");

    public string AdapterFolder(string name) => Path.Combine(_folder, "adapters", name);

    public IReadOnlyList<GoldenCase> Cases => [.. Read("cases.json").GetProperty("cases").EnumerateArray().Select(c => new GoldenCase(
        c.GetProperty("name").GetString()!,
        c.GetProperty("adapter").GetString(),
        Ints(c, "tokens"),
        Floats(c, "logprobs"),
        c.TryGetProperty("last_top", out JsonElement top) ? [.. top.EnumerateArray().Select(t => (t[0].GetInt32(), t[1].GetSingle()))] : [],
        Ints(c, "greedy"),
        Floats(c, "greedy_logprobs")))];

    /// <summary>Requests meant to run as one batch, with the greedy ids each gives alone.</summary>
    public IReadOnlyList<(string? Adapter, int[] Tokens, int[] Expected)> Mixed
    {
        get
        {
            JsonElement mixed = Read("mixed.json");
            JsonElement requests = mixed.ValueKind == JsonValueKind.Array ? mixed : mixed.GetProperty("requests");
            return [.. requests.EnumerateArray().Select(m => (m.GetProperty("adapter").GetString(), Ints(m, "tokens"), Ints(m, m.TryGetProperty("expected", out _) ? "expected" : "greedy")))];
        }
    }

    /// <summary>An engine on the device under test (<see cref="TestDevice"/>). Skips the test where there is no such device.</summary>
    public Engine Load(Func<EngineOptions, EngineOptions>? change = null)
    {
        var options = new EngineOptions
        {
            Model = ModelFolder,
            AdapterFolders = Directory.Exists(Path.Combine(_folder, "adapters")) ? [Path.Combine(_folder, "adapters")] : [],
            Device = TestDevice.Name,
            Threads = 2,
        };
        options = change == null ? options : change(options);
        return Engine.Load(options.DType == "int8" ? options with { Device = "cpu" } : options); // eight bits are the processor's
    }

    private JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, name))).RootElement;

    private static int[] Ints(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(t => t.GetInt32())];

    private static float[] Floats(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(t => t.GetSingle())];
}
