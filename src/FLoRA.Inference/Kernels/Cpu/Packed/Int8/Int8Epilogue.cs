using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>From exact integers back to float32.</summary>
internal static unsafe class Int8Epilogue
{
    /// <summary>y[row, column] = sums[row, column] * (row's scale * column's scale); may be in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(int* sums, byte* rows, long stride, int count, float* columnScales, float* y)
    {
        var scales = Vector512.Load(columnScales);
        for (int r = 0; r < count; r++, rows += stride, sums += Int8Tiles.Columns, y += Int8Tiles.Columns)
            (Vector512.ConvertToSingle(Vector512.Load(sums)) * (scales * Int8Rows.Scale(rows))).Store(y);
    }
}
