using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// Keys and values of one head of a recording in eight bits, once all positions are there. What the positions have in common is taken off before the rounding: of the keys it shifts all scores of a query alike, which
/// no softmax sees; of the values it is added to the result. A key has a scale of its own, a value's dimension has one.
/// </summary>
/// <param name="plan">Sizes.</param>
/// <param name="product">How operands lie.</param>
internal sealed unsafe class HeadRounding(Int8EncoderPlan plan, ManyRowsProduct product)
{
    private const int Lanes = 16;

    /// <summary>Rounds a head.</summary>
    /// <param name="recording">Of this.</param>
    /// <param name="head">Which.</param>
    /// <param name="room">The thread's.</param>
    public void Round(in RecordingData recording, int head, float* room)
    {
        bool isFinite = RoundKeys(recording, head, room);
        RoundValues(recording, head, room, isFinite);
    }

    /// <summary>Keys of a head.</summary>
    public Int8Operand Keys(in RecordingData recording, int head) => new()
    {
        Bytes = (sbyte*)(recording.Room + plan.Recording.KeyBytes) + (head * Int8Operand.ByteCount(plan.Encoder.Positions, plan.Encoder.HeadDim)),
        Start = (int*)(recording.Room + plan.Recording.KeyStarts) + ((long)head * plan.Positions),
        Outputs = plan.Positions,
        Inputs = PanelShape.RoundUp(plan.Encoder.HeadDim, Int8Tiles.GroupInputs),
    };

    /// <summary>Values of a head.</summary>
    public Int8Operand Values(in RecordingData recording, int head) => new()
    {
        Bytes = (sbyte*)(recording.Room + plan.Recording.ValueBytes) + (head * Int8Operand.ByteCount(plan.Encoder.HeadDim, plan.Encoder.Positions)),
        Start = (int*)(recording.Room + plan.Recording.ValueStarts) + ((long)head * plan.HeadWidth),
        Outputs = plan.HeadWidth,
        Inputs = plan.ValueInputs,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool RoundKeys(in RecordingData recording, int head, float* room)
    {
        int headDim = plan.Encoder.HeadDim, positions = plan.Encoder.Positions;
        float* keys = recording.Room + plan.Recording.Keys + (head * headDim), scales = recording.Room + plan.Recording.KeyScales + ((long)head * plan.Positions);
        float* mean = room + plan.Room.Head, centred = room + plan.Room.Scaled;
        byte* rounded = (byte*)(room + plan.Room.Rows);
        Int8Operand operand = Keys(recording, head);
        Mean(keys, mean);
        float all = 0;
        for (int p = 0; p < positions; p++, keys += plan.Width)
        {
            for (int d = 0; d < headDim; d++)
                centred[d] = keys[d] - mean[d];
            Int8Rows.Quantise(centred, headDim, 0, rounded);
            scales[p] = Int8Rows.Scale(rounded);
            all += scales[p];
            product.SetRow((sbyte*)Int8Rows.Bytes(rounded), operand, p);
        }

        new Span<byte>(Int8Rows.Bytes(rounded), operand.Inputs).Clear();
        for (int p = positions; p < plan.Positions; p++)
        {
            scales[p] = 0;
            product.SetRow((sbyte*)Int8Rows.Bytes(rounded), operand, p);
        }

        return float.IsFinite(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RoundValues(in RecordingData recording, int head, float* room, bool isFinite)
    {
        int headDim = plan.Encoder.HeadDim, positions = plan.Encoder.Positions, groups = plan.ValueInputs / Int8Tiles.GroupInputs;
        float* values = recording.Room + plan.Recording.Values + (head * headDim);
        long sides = (long)head * plan.HeadWidth;
        float* mean = recording.Room + plan.Recording.ValueMeans + sides, scales = recording.Room + plan.Recording.ValueScales + sides;
        int* sums = (int*)(recording.Room + plan.Recording.ValueSums + sides), panel = (int*)(room + plan.Room.Panel);
        Int8Operand operand = Values(recording, head);
        Mean(values, mean);
        for (int d = 0; d < plan.HeadWidth; d += Lanes)
        {
            Vector512<float> centre = Vector512.Load(mean + d), largest = default, nothing = default;
            for (int p = 0; p < positions; p++)
            {
                Vector512<float> distance = Load(values, p, d) - centre;
                largest = Vector512.MaxNative(largest, Vector512.Abs(distance));
                nothing += distance - distance;
            }

            // Where a key or a value is no number, every position's result is none.
            Vector512<float> scale = (largest / Int8Rows.Largest) + nothing;
            (isFinite ? scale : Vector512.Create(float.NaN)).Store(scales + d);
            Vector512<float> factors = Vector512.ConditionalSelect(Vector512.GreaterThan(scale, default), Vector512<float>.One / scale, default);
            Vector512<int> sum = default, mask = Vector512.Create(0xFF);
            for (int g = 0; g < groups; g++)
            {
                Vector512<int> four = default;
                for (int i = Int8Tiles.GroupInputs - 1; i >= 0; i--)
                {
                    int p = (g * Int8Tiles.GroupInputs) + i;
                    Vector512<int> own = p >= positions ? default : Vector512.ConvertToInt32Native(Vector512.Round((Load(values, p, d) - centre) * factors));
                    sum += own;
                    four = (four << 8) | (own & mask);
                }

                four.Store(panel + (g * Lanes));
            }

            sum.Store(sums + d);
            product.SetPanel((sbyte*)panel, operand, d / Lanes);
        }
    }

    /// <summary>Sixteen dimensions of a position. The rows are padded, but a head that is no multiple of sixteen wide is followed by the next: its last lanes are masked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Load(float* values, int position, int dimension)
    {
        float* from = values + ((long)position * plan.Width) + dimension;
        int left = plan.Encoder.HeadDim - dimension;
        return left >= Lanes ? Vector512.Load(from) : Masked(from, left);
    }

    private static Vector512<float> Masked(float* from, int count)
    {
        float* some = stackalloc float[Lanes];
        for (int i = 0; i < Lanes; i++)
            some[i] = i < count ? from[i] : 0;
        return Vector512.Load(some);
    }

    /// <summary>Of all positions, by dimension, padded with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Mean(float* rows, float* mean)
    {
        int positions = plan.Encoder.Positions;
        for (int d = 0; d < plan.HeadWidth; d += Lanes)
        {
            Vector512<float> sum = default;
            for (int p = 0; p < positions; p++)
                sum += Load(rows, p, d);
            (sum / positions).Store(mean + d);
        }
    }
}
