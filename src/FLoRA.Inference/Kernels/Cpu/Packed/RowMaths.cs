using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What happens to single rows between the products. Every number depends on its row alone. 512-bit vectors; the runtime makes two of 256 bits of them where there are no others.</summary>
internal static unsafe class RowMaths
{
    private const int Lanes = 16;

    /// <summary>LayerNorm: (x - mean) / sqrt(variance + epsilon) * weight + bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayerNorm(float* input, float* weight, float* bias, int width, float epsilon, float* output)
    {
        float mean = Sum(input, width) / width;
        Vector512<float> even = default, odd = default, center = Vector512.Create(mean);
        int i = 0;
        for (; i + (2 * Lanes) <= width; i += 2 * Lanes)
        {
            Vector512<float> first = Vector512.Load(input + i) - center, second = Vector512.Load(input + i + Lanes) - center;
            even = Vector512.MultiplyAddEstimate(first, first, even);
            odd = Vector512.MultiplyAddEstimate(second, second, odd);
        }

        float sum = Vector512.Sum(even + odd);
        for (; i < width; i++)
            sum += (input[i] - mean) * (input[i] - mean);
        float scale = 1 / MathF.Sqrt((sum / width) + epsilon);
        var factor = Vector512.Create(scale);
        for (i = 0; i + Lanes <= width; i += Lanes)
            Vector512.MultiplyAddEstimate((Vector512.Load(input + i) - center) * factor, Vector512.Load(weight + i), Vector512.Load(bias + i)).Store(output + i);
        for (; i < width; i++)
            output[i] = ((input[i] - mean) * scale * weight[i]) + bias[i];
    }

    /// <summary>RMSNorm: x / sqrt(mean square + epsilon) * weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(float* input, float* weight, int width, float epsilon, float* output)
    {
        Vector512<float> squares = default;
        int i = 0;
        for (; i + Lanes <= width; i += Lanes)
        {
            Vector512<float> x = Vector512.Load(input + i);
            squares = Vector512.MultiplyAddEstimate(x, x, squares);
        }

        float sum = Vector512.Sum(squares);
        for (; i < width; i++)
            sum += input[i] * input[i];
        float scale = 1 / MathF.Sqrt((sum / width) + epsilon);
        var factor = Vector512.Create(scale);
        for (i = 0; i + Lanes <= width; i += Lanes)
            (Vector512.Load(input + i) * factor * Vector512.Load(weight + i)).Store(output + i);
        for (; i < width; i++)
            output[i] = input[i] * scale * weight[i];
    }

    /// <summary>sum of x * y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, float* y, int width)
    {
        Vector512<float> sums = default;
        int i = 0;
        for (; i + Lanes <= width; i += Lanes)
            sums = Vector512.MultiplyAddEstimate(Vector512.Load(x + i), Vector512.Load(y + i), sums);
        float sum = Vector512.Sum(sums);
        for (; i < width; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>product = x * y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* x, float* y, int width, float* product)
    {
        int i = 0;
        for (; i + Lanes <= width; i += Lanes)
            (Vector512.Load(x + i) * Vector512.Load(y + i)).Store(product + i);
        for (; i < width; i++)
            product[i] = x[i] * y[i];
    }

    /// <summary>x + bias [+ residual], in place.</summary>
    /// <param name="row">The row.</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="residual">[width], or null.</param>
    /// <param name="width">Numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* row, float* bias, float* residual, int width)
    {
        int i = 0;
        for (; i + Lanes <= width; i += Lanes)
        {
            Vector512<float> x = Vector512.Load(row + i);
            if (bias != null)
                x += Vector512.Load(bias + i);
            if (residual != null)
                x += Vector512.Load(residual + i);
            x.Store(row + i);
        }

        for (; i < width; i++)
            row[i] = row[i] + (bias == null ? 0 : bias[i]) + (residual == null ? 0 : residual[i]);
    }

    /// <summary>activation(x + bias), in place.</summary>
    /// <param name="kind">The non-linearity.</param>
    /// <param name="row">The row; may be read and written up to the next multiple of 16.</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="width">Numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate(ActivationKind kind, float* row, float* bias, int width)
    {
        Add(row, bias, null, width);
        for (int i = 0; i < width; i += Lanes)
            Activate(kind, Vector512.Load(row + i)).Store(row + i);
    }

    /// <summary>The non-linearity of sixteen numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Activate(ActivationKind kind, Vector512<float> x) => kind switch
    {
        ActivationKind.Gelu => VectorFunctions.Gelu(x),
        ActivationKind.GeluTanh => VectorFunctions.GeluTanh(x),
        ActivationKind.Silu => VectorFunctions.Silu(x),
        ActivationKind.Relu => Vector512.Max(x, default),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Scores become exp(score - largest); what lies behind them up to a multiple of 16 becomes (almost) zero.</summary>
    /// <param name="scores">[count], with room up to the next multiple of 16.</param>
    /// <param name="count">Scores.</param>
    /// <returns>One over the sum of the results.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Softmax(float* scores, int count)
    {
        for (int i = count; i % Lanes != 0; i++)
            scores[i] = float.NegativeInfinity;
        var largest = Vector512.Create(float.NegativeInfinity);
        for (int i = 0; i < count; i += Lanes)
            largest = Vector512.MaxNative(Vector512.Load(scores + i), largest); // a NaN is passed over here and stays one below
        float top = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
            top = MathF.Max(top, largest[lane]);
        Vector512<float> sum = default, shift = Vector512.Create(top);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector512<float> exponential = VectorFunctions.Exp(Vector512.Load(scores + i) - shift);
            exponential.Store(scores + i);
            sum += exponential;
        }

        return 1 / Vector512.Sum(sum);
    }

    /// <summary>x * factor, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* row, float factor, int width)
    {
        int i = 0;
        var factors = Vector512.Create(factor);
        for (; i + Lanes <= width; i += Lanes)
            (Vector512.Load(row + i) * factors).Store(row + i);
        for (; i < width; i++)
            row[i] *= factor;
    }

    private static float Sum(float* row, int width)
    {
        Vector512<float> even = default, odd = default;
        int i = 0;
        for (; i + (2 * Lanes) <= width; i += 2 * Lanes)
        {
            even += Vector512.Load(row + i);
            odd += Vector512.Load(row + i + Lanes);
        }

        float sum = Vector512.Sum(even + odd);
        for (; i < width; i++)
            sum += row[i];
        return sum;
    }
}
