using System.Text.Json.Nodes;

namespace FLoRA.Parity.Tests.Random;

/// <summary>A linear layer that adapters may target.</summary>
internal sealed record LinearLayer(string Path, int In, int Out);

/// <summary>A tiny random model of a family, written as a Hugging Face folder.</summary>
internal sealed class RandomModel
{
    private readonly Dice _dice;
    private readonly List<NewTensor> _tensors = [];
    private readonly List<LinearLayer> _linears = [];

    private RandomModel(JsonObject config, Dice dice) => (Config, _dice) = (config, dice);

    public JsonObject Config { get; }

    public IReadOnlyList<LinearLayer> Linears => _linears;

    public int Vocabulary => Config["vocab_size"]!.GetValue<int>();

    public int Layers => (Config["num_hidden_layers"] ?? Config["n_layer"] ?? Config["encoder_layers"])!.GetValue<int>();

    /// <summary>Makes up configuration and weights and writes them.</summary>
    /// <param name="folder">Empty folder.</param>
    /// <param name="family">model_type.</param>
    /// <param name="dice">Where all choices come from.</param>
    /// <param name="change">Sets keys of the configuration to what a test is about.</param>
    public static RandomModel Write(string folder, string family, Dice dice, Action<JsonObject>? change = null)
    {
        JsonObject config = family switch
        {
            "gpt_bigcode" => RandomConfig.GptBigCode(dice),
            "whisper" => RandomConfig.Whisper(dice),
            _ => RandomConfig.Rotary(family, dice),
        };
        change?.Invoke(config);
        var model = new RandomModel(config, dice);
        if (family == "gpt_bigcode")
            model.AddGptBigCode();
        else if (family == "whisper")
            model.AddWhisper();
        else
            model.AddRotary(family);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        if (dice.Chance(0.5))
            File.WriteAllText(Path.Combine(folder, "generation_config.json"), RandomConfig.Generation(dice, model.Vocabulary).ToJsonString());
        SafetensorsWriter.WriteModel(folder, model._tensors, dice.Pick("F32", "F32", "F16", "BF16"), dice.Pick(1, 1, 2, 3));
        return model;
    }

    private int Int(string key) => Config[key]!.GetValue<int>();

    private bool Is(string key, bool absent) => Config[key]?.GetValue<bool>() ?? absent;

    private void AddGptBigCode()
    {
        int hidden = Int("n_embd"), heads = Int("n_head"), inner = Config["n_inner"]?.GetValue<int>() ?? 4 * hidden;
        int qkv = Is("multi_query", true) ? hidden + (2 * hidden / heads) : 3 * hidden;
        Embedding("transformer.wte.weight", Vocabulary, hidden);
        Embedding("transformer.wpe.weight", Int("n_positions"), hidden);
        for (int l = 0; l < Layers; l++)
        {
            string layer = $"transformer.h.{l}";
            Norm($"{layer}.ln_1", hidden, hasBias: true);
            Linear($"{layer}.attn.c_attn", hidden, qkv, hasBias: true);
            Linear($"{layer}.attn.c_proj", hidden, hidden, hasBias: true);
            Norm($"{layer}.ln_2", hidden, hasBias: true);
            Linear($"{layer}.mlp.c_fc", hidden, inner, hasBias: true);
            Linear($"{layer}.mlp.c_proj", inner, hidden, hasBias: true);
        }

        Norm("transformer.ln_f", hidden, hasBias: true);
        Head(hidden, tied: Is("tie_word_embeddings", true));
    }

    private void AddWhisper()
    {
        int hidden = Int("d_model");
        Embedding("model.decoder.embed_tokens.weight", Vocabulary, hidden);
        foreach (string part in (string[])["encoder", "decoder"])
        {
            bool isEncoder = part == "encoder";
            Embedding($"model.{part}.embed_positions.weight", Int(isEncoder ? "max_source_positions" : "max_target_positions"), hidden);
            for (int l = 0; l < Int($"{part}_layers"); l++)
            {
                string layer = $"model.{part}.layers.{l}";
                foreach (string attention in isEncoder ? ["self_attn"] : new[] { "self_attn", "encoder_attn" })
                {
                    Norm($"{layer}.{attention}_layer_norm", hidden, hasBias: true);
                    foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
                        Linear($"{layer}.{attention}.{name}", hidden, hidden, hasBias: name != "k_proj");
                }

                Norm($"{layer}.final_layer_norm", hidden, hasBias: true);
                Linear($"{layer}.fc1", hidden, Int($"{part}_ffn_dim"), hasBias: true);
                Linear($"{layer}.fc2", Int($"{part}_ffn_dim"), hidden, hasBias: true);
            }

            Norm($"model.{part}.layer_norm", hidden, hasBias: true);
        }

        Convolution("model.encoder.conv1", Int("num_mel_bins"), hidden);
        Convolution("model.encoder.conv2", hidden, hidden);
    }

    private void Convolution(string path, int inChannels, int outChannels)
    {
        Add($"{path}.weight", [outChannels, inChannels, 3], 0, 1 / Math.Sqrt(3 * inChannels));
        Add($"{path}.bias", [outChannels], 0, 0.2);
    }

    private void AddRotary(string family)
    {
        bool isStarCoder = family == "starcoder2";
        int hidden = Int("hidden_size"), heads = Int("num_attention_heads"), inner = Int("intermediate_size");
        int headDim = Config["head_dim"]?.GetValue<int>() ?? (family == "qwen3" ? 128 : hidden / heads);
        int kvWidth = headDim * (Config["num_key_value_heads"]?.GetValue<int>() ?? heads);
        bool qkvBias = family switch
        {
            "qwen2" => true,
            "starcoder2" => Is("use_bias", true),
            _ => Is("attention_bias", false),
        };
        bool mlpBias = isStarCoder ? qkvBias : Is("mlp_bias", false);
        Embedding("model.embed_tokens.weight", Vocabulary, hidden);
        for (int l = 0; l < Layers; l++)
        {
            string layer = $"model.layers.{l}", attention = $"{layer}.self_attn", mlp = $"{layer}.mlp";
            Norm($"{layer}.input_layernorm", hidden, isStarCoder);
            Linear($"{attention}.q_proj", hidden, heads * headDim, qkvBias);
            Linear($"{attention}.k_proj", hidden, kvWidth, qkvBias);
            Linear($"{attention}.v_proj", hidden, kvWidth, qkvBias);
            Linear($"{attention}.o_proj", heads * headDim, hidden, qkvBias && family != "qwen2");
            if (family == "qwen3")
            {
                Norm($"{attention}.q_norm", headDim, hasBias: false);
                Norm($"{attention}.k_norm", headDim, hasBias: false);
            }

            Norm($"{layer}.post_attention_layernorm", hidden, isStarCoder);
            foreach (string name in isStarCoder ? ["c_fc"] : new[] { "gate_proj", "up_proj" })
                Linear($"{mlp}.{name}", hidden, inner, mlpBias);
            Linear($"{mlp}.{(isStarCoder ? "c_proj" : "down_proj")}", inner, hidden, mlpBias);
        }

        Norm("model.norm", hidden, isStarCoder);
        Head(hidden, tied: Is("tie_word_embeddings", isStarCoder));
    }

    private void Linear(string path, int inFeatures, int outFeatures, bool hasBias)
    {
        Add($"{path}.weight", [outFeatures, inFeatures], 0, 1 / Math.Sqrt(inFeatures));
        if (hasBias)
            Add($"{path}.bias", [outFeatures], 0, 0.2);
        _linears.Add(new(path, inFeatures, outFeatures));
    }

    private void Norm(string path, int width, bool hasBias)
    {
        Add($"{path}.weight", [width], 1, 0.3);
        if (hasBias)
            Add($"{path}.bias", [width], 0, 0.2);
    }

    private void Embedding(string name, int rows, int width) => Add(name, [rows, width], 0, 0.5);

    private void Head(int hidden, bool tied)
    {
        if (!tied)
            Add("lm_head.weight", [Vocabulary, hidden], 0, 2 / Math.Sqrt(hidden));
    }

    private void Add(string name, int[] shape, double mean, double deviation) =>
        _tensors.Add(new(name, shape, _dice.Normal(shape.Aggregate(1, (a, b) => a * b), mean, deviation)));
}
