using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>A PEFT folder merged into weights and biases, by the formula of each kind. A module is adapted where the file has tensors for it.</summary>
internal sealed class ReferenceAdapter
{
    private const string Prefix = "base_model.model.";
    private readonly JsonElement _config;
    private readonly Dictionary<string, ReferenceTensor> _tensors;
    private readonly ConcurrentDictionary<string, (ReferenceTensor Weight, double[]? Bias)> _merged = [];

    public ReferenceAdapter(string folder)
    {
        _config = JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")));
        _tensors = ReferenceTensor.ReadFile(Path.Combine(folder, "adapter_model.safetensors"));
    }

    /// <summary>Weight and bias of a module with the adapter in them.</summary>
    public (ReferenceTensor Weight, double[]? Bias) Merge(string path, ReferenceTensor weight, double[]? bias) =>
        _merged.GetOrAdd(path, _ => _config.GetProperty("peft_type").GetString() switch
        {
            "LORA" => (Lora(path, weight), bias),
            "FLORA" => (Flora(path, weight), bias),
            "HIRA" => (Hira(path, weight), bias),
            "IA3" => Ia3(path, weight, bias),
            string other => throw new ArgumentException(other),
            null => throw new ArgumentException("peft_type"),
        });

    private ReferenceTensor Lora(string path, ReferenceTensor weight)
    {
        if (Tensor(path, "lora_A.weight") is not { } a)
            return weight;
        ReferenceTensor b = Tensor(path, "lora_B.weight")!;
        double rank = Pattern("rank_pattern", path) ?? _config.GetProperty("r").GetDouble();
        double alpha = Pattern("alpha_pattern", path) ?? _config.GetProperty("lora_alpha").GetDouble();
        Assert.Equal(rank, a.Rows);
        bool stabilized = _config.TryGetProperty("use_rslora", out JsonElement flag) && flag.GetBoolean();
        double scale = alpha / (stabilized ? Math.Sqrt(rank) : rank);
        return Each(weight, (w, o, i) => w + (scale * Sum(a.Rows, k => b.Row(o)[k] * a.Row(k)[i])));
    }

    private ReferenceTensor Flora(string path, ReferenceTensor weight)
    {
        if (Tensor(path, "flora_A.weight") is not { } a)
            return weight;
        ReferenceTensor b = Tensor(path, "flora_B.weight")!;
        Assert.Equal(Pattern("rank_pattern", path) ?? _config.GetProperty("r").GetDouble(), a.Rows);
        double divisor = _config.GetProperty("reduction").GetString() == "mean" ? a.Rows : 1;
        return Each(weight, (w, o, i) => w * Sum(a.Rows, k => a.Row(k)[o] * b.Row(k)[i]) / divisor);
    }

    private ReferenceTensor Hira(string path, ReferenceTensor weight)
    {
        if (Tensor(path, "hira_A") is not { } a)
            return weight;
        ReferenceTensor b = Tensor(path, "hira_B")!;
        Assert.Equal(Pattern("rank_pattern", path) ?? _config.GetProperty("r").GetDouble(), a.Rows);
        return Each(weight, (w, o, i) => w + (w * Sum(a.Rows, k => b.Row(o)[k] * a.Row(k)[i])));
    }

    private (ReferenceTensor Weight, double[]? Bias) Ia3(string path, ReferenceTensor weight, double[]? bias)
    {
        if (Tensor(path, "ia3_l") is not { } scale)
            return (weight, bias);
        double[] l = scale.Data;
        return scale.Rows == 1 && IsFeedForward(path)
            ? (Each(weight, (w, _, i) => w * l[i]), bias)
            : (Each(weight, (w, o, _) => w * l[o]), bias is null ? null : [.. bias.Select((value, o) => value * l[o])]);
    }

    private bool IsFeedForward(string path)
    {
        JsonElement modules = _config.GetProperty("feedforward_modules");
        return modules.ValueKind == JsonValueKind.String
            ? Regex.IsMatch(path, $@"\A(?:{modules.GetString()})\z")
            : modules.EnumerateArray().Any(m => path.EndsWith(m.GetString()!, StringComparison.Ordinal));
    }

    private double? Pattern(string option, string path)
    {
        if (!_config.TryGetProperty(option, out JsonElement patterns) || patterns.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty pattern in patterns.EnumerateObject())
        {
            if (Regex.IsMatch(path, $@"\A(.*\.)?({pattern.Name})$"))
                return pattern.Value.GetDouble();
        }

        return null;
    }

    private ReferenceTensor? Tensor(string path, string name) => _tensors.GetValueOrDefault($"{Prefix}{path}.{name}");

    private static ReferenceTensor Each(ReferenceTensor weight, Func<double, int, int, double> change) => weight with
    {
        Data = [.. weight.Data.Select((w, index) => change(w, index / weight.Columns, index % weight.Columns))],
    };

    private static double Sum(int count, Func<int, double> term)
    {
        double sum = 0;
        for (int k = 0; k < count; k++)
            sum += term(k);
        return sum;
    }
}
