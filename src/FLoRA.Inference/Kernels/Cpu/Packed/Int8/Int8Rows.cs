using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>Activations in eight bits: one scale per row, symmetric. A row's bytes depend on the row alone.</summary>
internal static unsafe class Int8Rows
{
    /// <summary>The largest byte; -128 is not used, so that every path is exact.</summary>
    public const float Largest = 127;

    /// <summary>In front of a row's bytes stands its scale.</summary>
    private const int HeadBytes = 64;

    private static readonly int Lanes = Vector512<float>.Count;

    /// <summary>Bytes from row to row: scale, inputs with padding, and a cache line more, so that rows do not share cache sets.</summary>
    public static long Stride(int inputs) => HeadBytes + PanelShape.RoundUp(inputs, 64) + 64;

    /// <summary>A row's scale.</summary>
    public static ref float Scale(byte* row) => ref *(float*)row;

    /// <summary>A row's bytes.</summary>
    public static byte* Bytes(byte* row) => row + HeadBytes;

    /// <summary>Rounds a row: x is about scale * byte, scale = max |x| / 127. A NaN or an infinity makes the scale one: it comes out of every product.</summary>
    /// <param name="x">[inputs].</param>
    /// <param name="inputs">Numbers; at least one.</param>
    /// <param name="offset">Added to each byte; see <see cref="Int8Paths.Offset"/>. Padding is the offset, and multiplies zeros.</param>
    /// <param name="row">Of <see cref="Stride"/> bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantise(float* x, int inputs, int offset, byte* row)
    {
        float largest = LargestMagnitude(x, inputs);
        Scale(row) = largest / Largest;
        float factor = largest > 0 && float.IsFinite(largest) ? Largest / largest : 0;
        byte* to = Bytes(row);
        int i = 0;
        Vector512<float> factors = Vector512.Create(factor);
        var offsets = Vector512.Create(offset);
        for (; i + (4 * Lanes) <= inputs; i += 4 * Lanes)
        {
            Vector512<int> a = Round(x + i, factors) + offsets, b = Round(x + i + Lanes, factors) + offsets;
            Vector512<int> c = Round(x + i + (2 * Lanes), factors) + offsets, d = Round(x + i + (3 * Lanes), factors) + offsets;
            Vector512.Narrow(Vector512.Narrow(a, b), Vector512.Narrow(c, d)).AsByte().Store(to + i);
        }

        for (; i < inputs; i++)
            to[i] = (byte)((int)MathF.Round(x[i] * factor) + offset);
        NativeMemory.Fill(to + inputs, (nuint)(PanelShape.RoundUp(inputs, 64) - inputs), (byte)offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Round(float* x, Vector512<float> factors) => Vector512.ConvertToInt32Native(Vector512.Round(Vector512.Load(x) * factors));

    /// <summary>NaN where one is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float LargestMagnitude(float* x, int count)
    {
        Vector512<float> most = default, nothing = default;
        int i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            var some = Vector512.Load(x + i);
            most = Vector512.MaxNative(most, Vector512.Abs(some));
            nothing += some - some;
        }

        float largest = 0, remains = Vector512.Sum(nothing);
        for (int lane = 0; lane < Lanes; lane++)
            largest = MathF.Max(largest, most[lane]);
        for (; i < count; i++)
            largest = MathF.Max(largest, MathF.Abs(x[i]));
        return remains == 0 ? largest : float.NaN;
    }
}
