using System.Text.Json;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>
/// A slow, obvious decoder in double precision: whole text at once, no cache, no batch, no torch. Written from the definitions of
/// the model families in transformers, and not from the engine; it reads config.json by itself.
/// </summary>
internal abstract class ReferenceModel(JsonElement config, Dictionary<string, ReferenceTensor> weights)
{
    protected JsonElement Config { get; } = config;

    public static ReferenceModel Load(string folder)
    {
        JsonElement config = JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        Dictionary<string, ReferenceTensor> weights = ReferenceTensor.ReadFolder(folder);
        return config.GetProperty("model_type").GetString() switch
        {
            "gpt_bigcode" => new ReferenceGptBigCode(config, weights),
            "whisper" => new ReferenceWhisper(config, weights),
            _ => new ReferenceRotaryDecoder(config, weights),
        };
    }

    /// <summary>[token][vocabulary].</summary>
    public double[][] Logits(IReadOnlyList<int> tokens, ReferenceAdapter? adapter)
    {
        ReferenceTensor head = Weight(Flag("tie_word_embeddings", TiedByDefault) ? EmbeddingName : "lm_head.weight");
        return [.. Hidden(tokens, adapter).Select(h => ReferenceMath.Linear(head, null, h))];
    }

    protected abstract string EmbeddingName { get; }

    protected abstract bool TiedByDefault { get; }

    /// <summary>[token][hidden], behind the last norm.</summary>
    protected abstract double[][] Hidden(IReadOnlyList<int> tokens, ReferenceAdapter? adapter);

    protected Dictionary<string, ReferenceTensor> AllWeights => weights;

    protected ReferenceTensor Weight(string name) => weights[name];

    protected double[] Vector(string name) => weights[name].Data;

    protected double[] Linear(string path, bool hasBias, double[] x, ReferenceAdapter? adapter)
    {
        ReferenceTensor weight = Weight($"{path}.weight");
        double[]? bias = hasBias ? Vector($"{path}.bias") : null;
        if (adapter is not null)
            (weight, bias) = adapter.Merge(path, weight, bias);
        return ReferenceMath.Linear(weight, bias, x);
    }

    protected double[] LayerNorm(string path, double[] x, double epsilon) =>
        ReferenceMath.LayerNorm(x, Vector($"{path}.weight"), Vector($"{path}.bias"), epsilon);

    protected static double[][] Heads(ReadOnlySpan<double> all, int headDim)
    {
        var heads = new double[all.Length / headDim][];
        for (int h = 0; h < heads.Length; h++)
            heads[h] = all.Slice(h * headDim, headDim).ToArray();
        return heads;
    }

    protected JsonElement? Get(string name) =>
        Config.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    protected int? Integer(string name) => Get(name)?.GetInt32();

    protected double Number(string name, double absent) => Get(name)?.GetDouble() ?? absent;

    protected bool Flag(string name, bool absent) => Get(name)?.GetBoolean() ?? absent;

    protected string Text(string name, string absent) => Get(name)?.GetString() ?? absent;
}
