using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>A stacked linear layer with an adapter, by the formula of DESIGN 1.</summary>
internal static class LinearFormula
{
    /// <summary>y = sum_i A_i * (W0 (B_i * x)) + beta * b + U D x, one number at a time.</summary>
    public static double[] Expected(IReadOnlyList<ModuleBlueprint> modules, IReadOnlyList<float[]> weights, IReadOnlyList<float[]?> biases, Adapter? adapter, ReadOnlySpan<float> x)
    {
        var y = new List<double>();
        for (int m = 0; m < modules.Count; m++)
        {
            string path = modules[m].Path;
            ModuleAdapter? a = adapter?.Modules.SingleOrDefault(p => p.Path == path);
            int inFeatures = x.Length, outFeatures = modules[m].OutFeatures;
            for (int o = 0; o < outFeatures; o++)
            {
                double sum = (biases[m]?[o] ?? 0) * (a?.BiasScale?[o] ?? 1);
                for (int i = 0; i < (a?.RowCount ?? 1); i++)
                {
                    double row = 0;
                    for (int k = 0; k < inFeatures; k++)
                        row += weights[m][(o * inFeatures) + k] * (a?.InputScale?[(i * inFeatures) + k] ?? 1) * x[k];
                    sum += row * (a?.OutputScale?[(i * outFeatures) + o] ?? 1);
                }

                for (int i = 0; i < (a?.AdditiveRank ?? 0); i++)
                {
                    double down = 0;
                    for (int k = 0; k < inFeatures; k++)
                        down += a!.Down![(i * inFeatures) + k] * x[k];
                    sum += a!.Up![(o * a.AdditiveRank) + i] * down;
                }

                y.Add(sum);
            }
        }

        return [.. y];
    }
}
