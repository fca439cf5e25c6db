using System.Text.Json;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>Llama, StarCoder2, Qwen2 and Qwen3: rotary positions and q, k, v, o projections; each family's particulars as its modelling file has them.</summary>
internal sealed class ReferenceRotaryDecoder : ReferenceModel
{
    private readonly string _family;
    private readonly int _headDim;
    private readonly double _epsilon;
    private readonly ReferenceRotary _rotary;
    private readonly Func<double, double> _activation;

    public ReferenceRotaryDecoder(JsonElement config, Dictionary<string, ReferenceTensor> weights)
        : base(config, weights)
    {
        _family = Text("model_type", "");
        _headDim = Integer("head_dim") ?? (_family == "qwen3" ? 128 : Integer("hidden_size")!.Value / Integer("num_attention_heads")!.Value);
        _epsilon = IsStarCoder ? Number("norm_epsilon", 1e-5) : Number("rms_norm_eps", 1e-6);
        _rotary = new ReferenceRotary(config, _headDim);
        _activation = ReferenceMath.Activation(Text("hidden_act", IsStarCoder ? "gelu_pytorch_tanh" : "silu"));
    }

    protected override string EmbeddingName => "model.embed_tokens.weight";

    protected override bool TiedByDefault => IsStarCoder;

    private bool IsStarCoder => _family == "starcoder2";

    private bool QkvBias => _family switch
    {
        "qwen2" => true,
        "starcoder2" => Flag("use_bias", true),
        _ => Flag("attention_bias", false),
    };

    private bool OutputBias => _family != "qwen2" && QkvBias;

    protected override double[][] Hidden(IReadOnlyList<int> tokens, ReferenceAdapter? adapter)
    {
        double[][] x = [.. tokens.Select(id => Weight(EmbeddingName).Row(id).ToArray())];
        for (int l = 0; l < Integer("num_hidden_layers"); l++)
        {
            string layer = $"model.layers.{l}";
            double[][] attended = Attend($"{layer}.self_attn", [.. x.Select(t => Norm($"{layer}.input_layernorm", t))], Window(l), adapter);
            for (int t = 0; t < x.Length; t++)
            {
                x[t] = ReferenceMath.Add(x[t], Linear($"{layer}.self_attn.o_proj", OutputBias, attended[t], adapter));
                x[t] = ReferenceMath.Add(x[t], FeedForward($"{layer}.mlp", Norm($"{layer}.post_attention_layernorm", x[t]), adapter));
            }
        }

        return [.. x.Select(t => Norm("model.norm", t))];
    }

    private double[] Norm(string path, double[] x) => IsStarCoder
        ? LayerNorm(path, x, _epsilon)
        : ReferenceMath.RmsNorm(x, Vector($"{path}.weight"), _epsilon);

    private double[] FeedForward(string path, double[] x, ReferenceAdapter? adapter)
    {
        if (IsStarCoder)
        {
            double[] inner = Linear($"{path}.c_fc", QkvBias, x, adapter);
            return Linear($"{path}.c_proj", QkvBias, [.. inner.Select(_activation)], adapter);
        }

        bool bias = _family == "llama" && Flag("mlp_bias", false);
        double[] gate = Linear($"{path}.gate_proj", bias, x, adapter), up = Linear($"{path}.up_proj", bias, x, adapter);
        return Linear($"{path}.down_proj", bias, [.. gate.Zip(up, (g, u) => _activation(g) * u)], adapter);
    }

    private double[][] Attend(string path, double[][] x, int? window, ReferenceAdapter? adapter)
    {
        double[][][] Project(string name, string? norm, bool turns) => [.. x.Select((t, position) =>
        {
            double[][] heads = Heads(Linear($"{path}.{name}", QkvBias, t, adapter), _headDim);
            if (_family == "qwen3" && norm is not null)
                heads = [.. heads.Select(h => ReferenceMath.RmsNorm(h, Vector($"{path}.{norm}.weight"), _epsilon))];
            return turns ? [.. heads.Select(h => _rotary.Turn(h, position))] : heads;
        })];
        return ReferenceAttention.Attend(
            Project("q_proj", "q_norm", true), Project("k_proj", "k_norm", true), Project("v_proj", null, false), 1 / Math.Sqrt(_headDim), window);
    }

    /// <summary>StarCoder2: one window for all layers. Qwen: where use_sliding_window, by layer_types, else from max_window_layers on.</summary>
    private int? Window(int layer) => _family switch
    {
        "starcoder2" => Integer("sliding_window"),
        "qwen2" or "qwen3" when Flag("use_sliding_window", false) => Slides(layer) ? Integer("sliding_window") : null,
        _ => null,
    };

    private bool Slides(int layer) => Get("layer_types") is { } types
        ? types[layer].GetString() == "sliding_attention"
        : layer >= Integer("max_window_layers");
}
