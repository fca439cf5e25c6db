using System.Text.Json;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>What each kind does to one number of a weight, written down from its own definition (papers, PEFT), not from the engine's form.</summary>
internal sealed class KindFormula
{
    private readonly JsonElement _config;
    private readonly string _path;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly string _kind;
    private readonly int _rank;
    private readonly bool _isFeedForward;
    private readonly Dictionary<string, float[]> _tensors = [];

    public KindFormula(JsonElement config, string path, int inputs, int outputs, Func<string, float[]> tensor)
    {
        _config = config;
        _path = path;
        _inputs = inputs;
        _outputs = outputs;
        _kind = config.GetProperty("peft_type").GetString()!;
        _rank = _kind == "IA3" ? 1 : (int)Patterned("rank_pattern", "r");
        _isFeedForward = _kind == "IA3" && config.GetProperty("feedforward_modules").EnumerateArray().Any(name => path.EndsWith(name.GetString()!, StringComparison.Ordinal));
        string[] names = _kind switch
        {
            "FLORA" => ["flora_A.weight", "flora_B.weight"],
            "LORA" => ["lora_A.weight", "lora_B.weight"],
            "HIRA" => ["hira_A", "hira_B"],
            _ => ["ia3_l"],
        };
        foreach (var name in names)
            _tensors[name] = tensor(name);
    }

    public double Weight(double weight, int o, int i) => _kind switch
    {
        "FLORA" => weight * Flora(o, i),
        "LORA" => weight + (LoraScale() * Product("lora_B.weight", "lora_A.weight", o, i)),
        "HIRA" => weight + (weight * Product("hira_B", "hira_A", o, i)),
        _ => weight * _tensors["ia3_l"][_isFeedForward ? i : o],
    };

    public float BiasFactor(int o) => _kind == "IA3" && !_isFeedForward ? _tensors["ia3_l"][o] : 1;

    private double Flora(int o, int i)
    {
        var (a, b) = (_tensors["flora_A.weight"], _tensors["flora_B.weight"]);
        var sum = 0.0;
        for (var k = 0; k < _rank; k++)
            sum += (double)a[(k * _outputs) + o] * b[(k * _inputs) + i];
        return _config.GetProperty("reduction").GetString() == "mean" ? sum / _rank : sum;
    }

    /// <summary>(B A)[o, i] with B [out, r] and A [r, in].</summary>
    private double Product(string nameB, string nameA, int o, int i)
    {
        var (a, b) = (_tensors[nameA], _tensors[nameB]);
        var sum = 0.0;
        for (var k = 0; k < _rank; k++)
            sum += (double)b[(o * _rank) + k] * a[(k * _inputs) + i];
        return sum;
    }

    private double LoraScale() => Patterned("alpha_pattern", "lora_alpha") / (_config.GetProperty("use_rslora").GetBoolean() ? Math.Sqrt(_rank) : _rank);

    /// <summary>The golden patterns are plain names, so the end of the path is compared as text.</summary>
    private double Patterned(string pattern, string otherwise)
    {
        foreach (var entry in _config.GetProperty(pattern).EnumerateObject())
        {
            if (("." + _path).EndsWith("." + entry.Name, StringComparison.Ordinal))
                return entry.Value.GetDouble();
        }

        return _config.GetProperty(otherwise).GetDouble();
    }
}
