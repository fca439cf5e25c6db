using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.TestData;

namespace FLoRA.Parity.Tests;

/// <summary>One case of a golden speech model.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Adapter">Null: base.</param>
/// <param name="Features">Name of stored features.</param>
/// <param name="Tokens">Decoder prompt.</param>
/// <param name="Json">Everything that is expected.</param>
public sealed record WhisperCase(string Name, string? Adapter, string Features, int[] Tokens, JsonElement Json)
{
    public int[] Ints(string name) => [.. Json.GetProperty(name).EnumerateArray().Select(t => t.GetInt32())];

    public float[] Floats(string name) => [.. Json.GetProperty(name).EnumerateArray().Select(t => t.GetSingle())];
}

/// <summary>A golden speech model with the inputs that are stored as features; those that are audio files belong to the tests of the audio path.</summary>
public sealed class WhisperModel(string name)
{
    private readonly GoldenModel _model = GoldenModel.Named(name);
    private readonly string _folder = Path.Combine(RepositoryData.Golden, name);

    public IReadOnlyList<WhisperCase> Cases => [.. Read("cases.json").GetProperty("cases").EnumerateArray()
        .Where(c => c.GetProperty("input").TryGetProperty("features", out _))
        .Select(c => new WhisperCase(
            c.GetProperty("name").GetString()!,
            c.GetProperty("adapter").GetString(),
            c.GetProperty("input").GetProperty("features").GetString()!,
            [.. c.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())],
            c))];

    public Engine Load(Func<EngineOptions, EngineOptions>? change = null) => _model.Load(change);

    /// <summary>Start of the transcript, no speech, languages.</summary>
    internal (int Start, int NoSpeech, IReadOnlyList<(string Language, int Id)> Languages) SpecialTokens
    {
        get
        {
            JsonElement generation = Read(Path.Combine("model", "generation_config.json"));
            return (generation.GetProperty("decoder_start_token_id").GetInt32(), generation.GetProperty("no_timestamps_token_id").GetInt32() - 1,
                [.. generation.GetProperty("lang_to_id").EnumerateObject().Select(l => (l.Name.Trim('<', '|', '>'), l.Value.GetInt32()))]);
        }
    }

    /// <summary>Stored log-mel: the first frames in float16, then one value.</summary>
    internal AudioInput Features(string features)
    {
        JsonElement about = Read("features.json").GetProperty(features);
        int mels = about.GetProperty("shape")[0].GetInt32(), frames = about.GetProperty("shape")[1].GetInt32(), stored = about.GetProperty("frames").GetInt32();
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "features.safetensors"));
        TensorEntry entry = file.Tensors[features];
        var bytes = new byte[entry.ByteLength];
        file.Read(entry, 0, bytes);
        var values = new float[mels * frames];
        Array.Fill(values, about.GetProperty("fill").GetSingle());
        for (int m = 0; m < mels; m++)
        {
            for (int f = 0; f < stored; f++)
                values[(m * frames) + f] = (float)BitConverter.ToHalf(bytes, 2 * ((m * stored) + f));
        }

        return new AudioInput(values, mels, frames);
    }

    private JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, file))).RootElement;
}
