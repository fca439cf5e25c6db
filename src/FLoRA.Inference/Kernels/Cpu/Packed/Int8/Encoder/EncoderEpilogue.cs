using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>From a row's exact integers to its result.</summary>
internal static unsafe class EncoderEpilogue
{
    private const int Lanes = 16;

    /// <summary>y = (sums - zero x weight sums) * (scale * factors) + bias; may be in place.</summary>
    /// <param name="sums">[padded outputs].</param>
    /// <param name="row">The rounded row: its scale and its zero.</param>
    /// <param name="sides">The module.</param>
    /// <param name="y">[padded outputs].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(int* sums, byte* row, in ModuleSides sides, float* y)
    {
        float* factors = sides.Factors, bias = sides.Bias;
        int* weights = sides.Sums;
        int count = sides.Operand.Outputs;
        var scale = Vector512.Create(Int8Rows.Scale(row));
        var zero = Vector512.Create(Int8Rows.Zero(row));
        for (int c = 0; c < count; c += Lanes)
            Of(sums + c, weights + c, zero, scale, factors + c, bias + c).Store(y + c);
    }

    /// <summary>The same with a non-linearity behind it and the next product's B, for numbers that are rounded next.</summary>
    /// <param name="sums">[padded outputs].</param>
    /// <param name="row">The rounded row.</param>
    /// <param name="sides">The module.</param>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="nextInputScale">B of the next module [padded outputs]; null: ones.</param>
    /// <param name="y">[padded outputs].</param>
    /// <returns>What they lie between.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Int8Rows.RowRange Activate(int* sums, byte* row, in ModuleSides sides, ActivationKind activation, float* nextInputScale, float* y)
    {
        float* factors = sides.Factors, bias = sides.Bias;
        int* weights = sides.Sums;
        int count = sides.Operand.Outputs;
        bool isGelu = activation == ActivationKind.Gelu;
        var scale = Vector512.Create(Int8Rows.Scale(row));
        var zero = Vector512.Create(Int8Rows.Zero(row));
        Vector512<float> least = default, most = default;
        Vector512<int> sizes = default, size = Vector512.Create(int.MaxValue);
        for (int c = 0; c < count; c += Lanes)
        {
            Vector512<float> own = Of(sums + c, weights + c, zero, scale, factors + c, bias + c);
            own = isGelu ? VectorFunctions.NearGelu(own) : RowMaths.Activate(activation, own);
            if (nextInputScale != null)
                own *= Vector512.Load(nextInputScale + c);
            own.Store(y + c);
            least = Vector512.MinNative(least, own);
            most = Vector512.MaxNative(most, own);
            sizes = Vector512.Max(sizes, own.AsInt32() & size);
        }

        return Int8Rows.RowRange.Of(least, most, sizes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of(int* sums, int* weights, Vector512<int> zero, Vector512<float> scale, float* factors, float* bias) =>
        Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(Vector512.Load(sums) - (Vector512.Load(weights) * zero)), Vector512.Load(factors) * scale, Vector512.Load(bias));
}
