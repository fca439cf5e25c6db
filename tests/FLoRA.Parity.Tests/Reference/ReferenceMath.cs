namespace FLoRA.Parity.Tests.Reference;

/// <summary>The formulas, one number at a time.</summary>
internal static class ReferenceMath
{
    /// <summary>W x + b.</summary>
    public static double[] Linear(ReferenceTensor weight, double[]? bias, double[] x)
    {
        var y = new double[weight.Rows];
        for (int o = 0; o < y.Length; o++)
        {
            double sum = bias?[o] ?? 0;
            ReadOnlySpan<double> row = weight.Row(o);
            for (int i = 0; i < x.Length; i++)
                sum += row[i] * x[i];
            y[o] = sum;
        }

        return y;
    }

    public static double[] LayerNorm(double[] x, double[] weight, double[] bias, double epsilon)
    {
        double mean = x.Average();
        double variance = x.Select(v => (v - mean) * (v - mean)).Average();
        return [.. x.Select((v, i) => ((v - mean) / Math.Sqrt(variance + epsilon) * weight[i]) + bias[i])];
    }

    public static double[] RmsNorm(double[] x, double[] weight, double epsilon)
    {
        double meanSquare = x.Select(v => v * v).Average();
        return [.. x.Select((v, i) => v / Math.Sqrt(meanSquare + epsilon) * weight[i])];
    }

    public static double[] Softmax(double[] scores)
    {
        double largest = scores.Max();
        double[] exponentials = [.. scores.Select(s => Math.Exp(s - largest))];
        double sum = exponentials.Sum();
        return [.. exponentials.Select(e => e / sum)];
    }

    public static double LogSumExp(double[] values)
    {
        double largest = values.Max();
        return largest + Math.Log(values.Sum(v => Math.Exp(v - largest)));
    }

    public static double[] Add(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];

    /// <summary>The functions that transformers knows by these names.</summary>
    public static Func<double, double> Activation(string name) => name switch
    {
        "gelu" or "gelu_python" => x => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
        "gelu_pytorch_tanh" or "gelu_new" or "gelu_fast" or "gelu_python_tanh" =>
            x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        "silu" or "swish" => x => x / (1 + Math.Exp(-x)),
        "relu" => x => Math.Max(0, x),
        _ => throw new ArgumentException(name),
    };

    /// <summary>2 / sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!; all terms of one sign, so nothing cancels.</summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
            sum += term *= 2 * x * x / ((2 * n) + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
