namespace FLoRA.Parity.Tests.Reference;

/// <summary>Attention by its definition.</summary>
internal static class ReferenceAttention
{
    /// <summary>Each position attends to itself and those before it, at most <paramref name="window"/> of them; or to all keys.</summary>
    /// <param name="queries">[token][head][head dim].</param>
    /// <param name="keys">[token][key/value head][head dim].</param>
    /// <param name="values">The same shape.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="window">Positions seen, the own included; null: all.</param>
    /// <param name="all">Every position attends to every key.</param>
    /// <returns>[token][heads x head dim].</returns>
    public static double[][] Attend(double[][][] queries, double[][][] keys, double[][][] values, double scale, int? window, bool all = false)
    {
        var outputs = new double[queries.Length][];
        int heads = queries[0].Length, headDim = queries[0][0].Length, sharing = heads / keys[0].Length;
        for (int t = 0; t < outputs.Length; t++)
        {
            outputs[t] = new double[heads * headDim];
            int first = window is { } w ? Math.Max(0, t - w + 1) : 0;
            for (int h = 0; h < heads; h++)
            {
                var scores = new double[all ? keys.Length : t - first + 1];
                for (int s = 0; s < scores.Length; s++)
                {
                    double dot = 0;
                    for (int d = 0; d < headDim; d++)
                        dot += queries[t][h][d] * keys[first + s][h / sharing][d];
                    scores[s] = dot * scale;
                }

                double[] weights = ReferenceMath.Softmax(scores);
                for (int s = 0; s < weights.Length; s++)
                {
                    for (int d = 0; d < headDim; d++)
                        outputs[t][(h * headDim) + d] += weights[s] * values[first + s][h / sharing][d];
                }
            }
        }

        return outputs;
    }
}
