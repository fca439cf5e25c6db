using System.Text.Json;

namespace FLoRA.Parity.Tests.Reference;

/// <summary>GPTBigCode: learned positions, layer norms, biases everywhere; c_attn as [queries; key; value] or, without multi-query, [query; key; value] per head.</summary>
internal sealed class ReferenceGptBigCode(JsonElement config, Dictionary<string, ReferenceTensor> weights) : ReferenceModel(config, weights)
{
    protected override string EmbeddingName => "transformer.wte.weight";

    protected override bool TiedByDefault => true;

    protected override double[][] Hidden(IReadOnlyList<int> tokens, ReferenceAdapter? adapter)
    {
        double epsilon = Number("layer_norm_epsilon", 1e-5);
        Func<double, double> activation = ReferenceMath.Activation(Text("activation_function", "gelu_pytorch_tanh"));
        double[][] x = [.. tokens.Select((id, position) =>
            ReferenceMath.Add(Weight(EmbeddingName).Row(id).ToArray(), Weight("transformer.wpe.weight").Row(position).ToArray()))];
        for (int l = 0; l < Integer("n_layer"); l++)
        {
            string layer = $"transformer.h.{l}";
            double[][] attended = Attend($"{layer}.attn", [.. x.Select(t => LayerNorm($"{layer}.ln_1", t, epsilon))], adapter);
            for (int t = 0; t < x.Length; t++)
            {
                x[t] = ReferenceMath.Add(x[t], Linear($"{layer}.attn.c_proj", true, attended[t], adapter));
                double[] inner = Linear($"{layer}.mlp.c_fc", true, LayerNorm($"{layer}.ln_2", x[t], epsilon), adapter);
                x[t] = ReferenceMath.Add(x[t], Linear($"{layer}.mlp.c_proj", true, [.. inner.Select(activation)], adapter));
            }
        }

        return [.. x.Select(t => LayerNorm("transformer.ln_f", t, epsilon))];
    }

    private double[][] Attend(string path, double[][] x, ReferenceAdapter? adapter)
    {
        int hidden = x[0].Length, heads = Integer("n_head")!.Value, headDim = hidden / heads;
        double scale = Flag("scale_attn_weights", true) ? 1 / Math.Sqrt(headDim) : 1;
        double[][] all = [.. x.Select(t => Linear($"{path}.c_attn", true, t, adapter))];
        if (Flag("multi_query", true))
        {
            return ReferenceAttention.Attend(
                [.. all.Select(a => Heads(a.AsSpan(0, hidden), headDim))],
                [.. all.Select(a => Heads(a.AsSpan(hidden, headDim), headDim))],
                [.. all.Select(a => Heads(a.AsSpan(hidden + headDim, headDim), headDim))],
                scale,
                null);
        }

        double[][] Part(double[] a, int part) => [.. Enumerable.Range(0, heads).Select(h => a.AsSpan(((3 * h) + part) * headDim, headDim).ToArray())];
        return ReferenceAttention.Attend([.. all.Select(a => Part(a, 0))], [.. all.Select(a => Part(a, 1))], [.. all.Select(a => Part(a, 2))], scale, null);
    }
}
