using System.Text.Json;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>Rotary positions as transformers defines them: frequencies by rope type, x cos + rotate_half(x) sin.</summary>
internal sealed class ReferenceRotary
{
    private readonly float[] _frequencies;

    public ReferenceRotary(JsonElement config, int headDim)
    {
        JsonElement? settings = Get(config, "rope_parameters") ?? Get(config, "rope_scaling");
        double theta = Number(settings, "rope_theta") ?? Number(config, "rope_theta") ?? 10000;
        string type = (Get(settings, "rope_type") ?? Get(settings, "type"))?.GetString() ?? "default";
        _frequencies = new float[headDim / 2];
        for (int i = 0; i < _frequencies.Length; i++)
        {
            double frequency = 1 / Math.Pow(theta, 2.0 * i / headDim);
            _frequencies[i] = (float)(type switch
            {
                "default" => frequency,
                "linear" => frequency / Number(settings, "factor")!.Value,
                "llama3" => Llama3(settings!.Value, frequency),
                _ => throw new ArgumentException(type),
            });
        }
    }

    /// <summary>One head, turned in place. Angles are products in float32, as there.</summary>
    public double[] Turn(ReadOnlySpan<double> head, int position)
    {
        int half = _frequencies.Length;
        var turned = new double[head.Length];
        for (int i = 0; i < half; i++)
        {
            float angle = position * _frequencies[i];
            (double sine, double cosine) = Math.SinCos(angle);
            turned[i] = (head[i] * cosine) - (head[i + half] * sine);
            turned[i + half] = (head[i + half] * cosine) + (head[i] * sine);
        }

        return turned;
    }

    private static double Llama3(JsonElement settings, double frequency)
    {
        double factor = Number(settings, "factor")!.Value;
        double low = Number(settings, "low_freq_factor")!.Value, high = Number(settings, "high_freq_factor")!.Value;
        double original = Number(settings, "original_max_position_embeddings")!.Value;
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < original / high)
            return frequency;
        if (wavelength > original / low)
            return frequency / factor;
        double smooth = ((original / wavelength) - low) / (high - low);
        return ((1 - smooth) * frequency / factor) + (smooth * frequency);
    }

    private static JsonElement? Get(JsonElement? parent, string name) =>
        parent is { } p && p.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static double? Number(JsonElement? parent, string name) => Get(parent, name)?.GetDouble();
}
