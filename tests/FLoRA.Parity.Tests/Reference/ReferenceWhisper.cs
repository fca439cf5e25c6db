using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>
/// Whisper: two convolutions with gelu over the log-mel frames, learned positions, encoder layers that see everything; decoder layers with
/// attention to themselves and to the encoder's result; layer norms, biases everywhere but at the keys, tied head.
/// </summary>
internal sealed class ReferenceWhisper(JsonElement config, Dictionary<string, ReferenceTensor> weights, double[][]? encoded = null) : ReferenceModel(config, weights)
{
    private const double Epsilon = 1e-5;
    private readonly Func<double, double> _activation = ReferenceMath.Activation(config.TryGetProperty("activation_function", out JsonElement name) ? name.GetString()! : "gelu");

    protected override string EmbeddingName => "model.decoder.embed_tokens.weight";

    protected override bool TiedByDefault => true;

    /// <summary>[position][hidden].</summary>
    public double[][] Encode(AudioInput audio, ReferenceAdapter? adapter)
    {
        double[][] frames = [.. Enumerable.Range(0, audio.Frames).Select(f => Enumerable.Range(0, audio.MelBins).Select(m => (double)audio.LogMel[(m * audio.Frames) + f]).ToArray())];
        double[][] x = Convolve("model.encoder.conv2", Convolve("model.encoder.conv1", frames, 1), 2);
        for (int p = 0; p < x.Length; p++)
            x[p] = ReferenceMath.Add(x[p], Weight("model.encoder.embed_positions.weight").Row(p).ToArray());
        for (int l = 0; l < Integer("encoder_layers"); l++)
        {
            string layer = $"model.encoder.layers.{l}";
            x = Attend($"{layer}.self_attn", x, null, Integer("encoder_attention_heads")!.Value, isCausal: false, adapter);
            x = FeedForward(layer, x, adapter);
        }

        return [.. x.Select(p => LayerNorm("model.encoder.layer_norm", p, Epsilon))];
    }

    /// <summary>[token][vocabulary] after a window of audio.</summary>
    public double[][] Logits(AudioInput audio, IReadOnlyList<int> tokens, ReferenceAdapter? adapter) =>
        new ReferenceWhisper(Config, AllWeights, Encode(audio, adapter)).Logits(tokens, adapter);

    protected override double[][] Hidden(IReadOnlyList<int> tokens, ReferenceAdapter? adapter)
    {
        int heads = Integer("decoder_attention_heads")!.Value;
        double[][] x = [.. tokens.Select((id, position) =>
            ReferenceMath.Add(Weight(EmbeddingName).Row(id).ToArray(), Weight("model.decoder.embed_positions.weight").Row(position).ToArray()))];
        for (int l = 0; l < Integer("decoder_layers"); l++)
        {
            string layer = $"model.decoder.layers.{l}";
            x = Attend($"{layer}.self_attn", x, null, heads, isCausal: true, adapter);
            x = Attend($"{layer}.encoder_attn", x, encoded!, heads, isCausal: false, adapter);
            x = FeedForward(layer, x, adapter);
        }

        return [.. x.Select(t => LayerNorm("model.decoder.layer_norm", t, Epsilon))];
    }

    /// <summary>x + out_proj(attention(norm(x), norm(x) or the encoder's result)).</summary>
    private double[][] Attend(string path, double[][] x, double[][]? seen, int heads, bool isCausal, ReferenceAdapter? adapter)
    {
        int headDim = x[0].Length / heads;
        double[][] normed = [.. x.Select(t => LayerNorm($"{path}_layer_norm", t, Epsilon))];
        double[][][] Project(string name, double[][] input) => [.. input.Select(t => Heads(Linear($"{path}.{name}", name != "k_proj", t, adapter), headDim))];
        double[][] attended = ReferenceAttention.Attend(
            Project("q_proj", normed), Project("k_proj", seen ?? normed), Project("v_proj", seen ?? normed), 1 / Math.Sqrt(headDim), null, all: !isCausal);
        return [.. x.Select((t, i) => ReferenceMath.Add(t, Linear($"{path}.out_proj", true, attended[i], adapter)))];
    }

    private double[][] FeedForward(string layer, double[][] x, ReferenceAdapter? adapter) => [.. x.Select(t =>
    {
        double[] inner = Linear($"{layer}.fc1", true, LayerNorm($"{layer}.final_layer_norm", t, Epsilon), adapter);
        return ReferenceMath.Add(t, Linear($"{layer}.fc2", true, [.. inner.Select(_activation)], adapter));
    })];

    /// <summary>gelu(convolution of three frames, zeros beyond the ends); gelu whatever the layers have.</summary>
    private double[][] Convolve(string path, double[][] frames, int stride)
    {
        ReferenceTensor kernel = Weight($"{path}.weight");
        double[] bias = Vector($"{path}.bias");
        int channels = frames[0].Length;
        var outputs = new double[((frames.Length - 1) / stride) + 1][];
        for (int t = 0; t < outputs.Length; t++)
        {
            outputs[t] = [.. bias];
            for (int o = 0; o < bias.Length; o++)
            {
                for (int k = 0; k < 3; k++)
                {
                    int frame = (t * stride) + k - 1;
                    for (int c = 0; frame >= 0 && frame < frames.Length && c < channels; c++)
                        outputs[t][o] += kernel.Data[(((o * channels) + c) * 3) + k] * frames[frame][c];
                }

                outputs[t][o] = ReferenceMath.Activation("gelu")(outputs[t][o]);
            }
        }

        return outputs;
    }
}
