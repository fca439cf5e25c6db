using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>Products of signed bytes, as |x| times w with x's sign: no instruction here saturates while both stay within 127.</summary>
internal static class SignedProducts
{
    /// <summary>sum + the products of four neighbours each.</summary>
    /// <param name="vnni">Whether the machine adds four products at once.</param>
    /// <param name="sum">Sums of 32 bits.</param>
    /// <param name="size">|x|.</param>
    /// <param name="w">w with x's sign.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(bool vnni, Vector256<int> sum, Vector256<byte> size, Vector256<sbyte> w) => vnni
        ? AvxVnni.MultiplyWideningAndAdd(sum, size, w)
        : sum + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(size, w), Vector256<short>.One);
}
