using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>From a row's exact integers to its result.</summary>
internal static unsafe class EncoderEpilogue
{
    /// <summary>y = sums * (scale * factors) + bias; may be in place.</summary>
    /// <param name="sums">[padded outputs].</param>
    /// <param name="scale">The row's.</param>
    /// <param name="sides">The module.</param>
    /// <param name="y">[padded outputs].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(int* sums, float scale, in ModuleSides sides, float* y)
    {
        float* factors = sides.Factors, bias = sides.Bias;
        int count = sides.Operand.Outputs;
        var scales = Vector512.Create(scale);
        for (int c = 0; c < count; c += 16)
            Of(sums + c, scales, factors + c, bias + c).Store(y + c);
    }

    /// <summary>The same with a non-linearity behind it, for numbers that are rounded to eight bits next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(int* sums, float scale, in ModuleSides sides, ActivationKind activation, float* y)
    {
        float* factors = sides.Factors, bias = sides.Bias;
        int count = sides.Operand.Outputs;
        var scales = Vector512.Create(scale);
        if (activation == ActivationKind.Gelu)
        {
            for (int c = 0; c < count; c += 16)
                VectorFunctions.NearGelu(Of(sums + c, scales, factors + c, bias + c)).Store(y + c);
            return;
        }

        for (int c = 0; c < count; c += 16)
            RowMaths.Activate(activation, Of(sums + c, scales, factors + c, bias + c)).Store(y + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of(int* sums, Vector512<float> scale, float* factors, float* bias) =>
        Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(Vector512.Load(sums)), Vector512.Load(factors) * scale, Vector512.Load(bias));
}
