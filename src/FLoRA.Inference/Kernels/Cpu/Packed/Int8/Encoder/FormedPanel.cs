using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// A panel of W0 * sum_i A_i B_i^T [+ U D] (Wen and Chaudhuri 2024, equation 3, and DESIGN 1), rounded to eight bits again, an output at a time. For an adapter of several rows over the many positions of a recording:
/// rank + 1 multiplications for each number of the weight where rows would multiply every product. A and B are the adapter's own, unrounded.
/// </summary>
internal static unsafe class FormedPanel
{
    private const int Lanes = Int8Tiles.Columns;

    /// <summary>Numbers of room that <see cref="Form"/> needs.</summary>
    public static long RoomCount(int inFeatures) => ((long)PanelShape.RoundUp(inFeatures, Int8Tiles.GroupInputs) * Lanes) + RoundedCount(inFeatures);

    /// <summary>Forms it.</summary>
    /// <param name="weight">W0.</param>
    /// <param name="panel">Which panel.</param>
    /// <param name="adapter">Of the module.</param>
    /// <param name="room">Room.</param>
    /// <param name="scales">[16]: the outputs' new scales.</param>
    /// <returns>[inputs / 4][16][4], in the room.</returns>
    public static sbyte* Form(Int8Weight weight, int panel, ModuleAdapter adapter, float* room, float* scales)
    {
        int inputs = weight.Groups * Int8Tiles.GroupInputs;
        float* formed = room + RoundedCount(weight.InFeatures);
        Scale(weight, panel, adapter, formed);
        if (adapter.AdditiveRank > 0)
            AddPair(weight, panel, adapter, formed);
        Round(formed, inputs, (int*)room, scales);
        return (sbyte*)room;
    }

    private static long RoundedCount(int inFeatures) => (long)PanelShape.RoundUp(inFeatures, Int8Tiles.GroupInputs) * Lanes / sizeof(float);

    /// <summary>formed[k, output] = W0 * sum_i A_i B_i^T.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(Int8Weight weight, int panel, ModuleAdapter adapter, float* formed)
    {
        int* from = (int*)weight.Panel(panel);
        int rows = adapter.OutputScale is null && adapter.InputScale is null ? 0 : adapter.RowCount;
        float* sides = stackalloc float[rows * Lanes];
        for (int row = 0; row < rows; row++)
            CopySide(adapter.OutputScale, row * weight.OutFeatures, panel * Lanes, weight.OutFeatures, sides + (row * Lanes));
        var scales = Vector512.Load(weight.Scales + (panel * Lanes));
        fixed (float* b = adapter.InputScale)
        {
            for (int k = 0; k < weight.InFeatures; k++, formed += Lanes)
            {
                Vector512<int> four = Vector512.Load(from + (k / Int8Tiles.GroupInputs * Lanes));
                Vector512<float> w = Vector512.ConvertToSingle((four << (24 - (8 * (k % Int8Tiles.GroupInputs)))) >> 24) * scales;
                if (rows > 0)
                {
                    Vector512<float> factor = default;
                    for (int row = 0; row < rows; row++)
                        factor = Vector512.MultiplyAddEstimate(Vector512.Load(sides + (row * Lanes)), Vector512.Create(b == null ? 1 : b[((long)row * weight.InFeatures) + k]), factor);
                    w *= factor;
                }

                w.Store(formed);
            }
        }

        new Span<float>(formed, ((weight.Groups * Int8Tiles.GroupInputs) - weight.InFeatures) * Lanes).Clear();
    }

    /// <summary>formed += U D.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPair(Int8Weight weight, int panel, ModuleAdapter adapter, float* formed)
    {
        int rank = adapter.AdditiveRank, outputs = Math.Min(Lanes, weight.OutFeatures - (panel * Lanes));
        float* side = stackalloc float[Lanes];
        new Span<float>(side, Lanes).Clear();
        fixed (float* down = adapter.Down, up = adapter.Up)
        {
            for (int i = 0; i < rank; i++)
            {
                for (int c = 0; c < outputs; c++)
                    side[c] = up[((((long)panel * Lanes) + c) * rank) + i];
                Vector512<float> own = Vector512.Load(side);
                float* d = down + ((long)i * weight.InFeatures), to = formed;
                for (int k = 0; k < weight.InFeatures; k++, to += Lanes)
                    Vector512.MultiplyAddEstimate(own, Vector512.Create(d[k]), Vector512.Load(to)).Store(to);
            }
        }
    }

    /// <summary>As <see cref="Int8Weight.SetRow(int, ReadOnlySpan{float})"/> rounds, sixteen outputs at once: what is not finite makes the output's scale NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* formed, int inputs, int* rounded, float* scales)
    {
        Vector512<float> largest = default, nothing = default;
        for (int k = 0; k < inputs; k++)
        {
            Vector512<float> w = Vector512.Load(formed + (k * Lanes));
            largest = Vector512.MaxNative(largest, Vector512.Abs(w));
            nothing += w - w;
        }

        (largest / Int8Rows.Largest + nothing).Store(scales);
        Vector512<float> factors = Vector512.ConditionalSelect(Vector512.GreaterThan(largest + nothing, default), Vector512.Create(Int8Rows.Largest) / largest, default);
        Vector512<int> mask = Vector512.Create(0xFF);
        for (int k = 0; k < inputs; k += Int8Tiles.GroupInputs, rounded += Lanes)
        {
            Vector512<int> four = default;
            for (int i = Int8Tiles.GroupInputs - 1; i >= 0; i--)
                four = (four << 8) | (Vector512.ConvertToInt32Native(Vector512.Round(Vector512.Load(formed + ((k + i) * Lanes)) * factors)) & mask);
            four.Store(rounded);
        }
    }

    /// <summary>A's part of a panel; ones where the output is not scaled, zeros behind the last output.</summary>
    private static void CopySide(float[]? scale, int row, int first, int outFeatures, float* side)
    {
        for (int c = 0; c < Lanes; c++)
            side[c] = first + c >= outFeatures ? 0 : scale is null ? 1 : scale[row + first + c];
    }
}
