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

    /// <summary>Takes a position's keys, or values, apart.</summary>
    /// <param name="row">[width].</param>
    /// <param name="position">Which.</param>
    /// <param name="heads">[heads, positions, padded head width].</param>
    public void Scatter(float* row, int position, float* heads)
    {
        int headDim = plan.Encoder.HeadDim;
        float* to = heads + ((long)position * plan.HeadWidth);
        for (int head = 0; head < plan.Encoder.Heads; head++, row += headDim, to += plan.HeadCount)
        {
            new ReadOnlySpan<float>(row, headDim).CopyTo(new Span<float>(to, headDim));
            new Span<float>(to + headDim, plan.HeadWidth - headDim).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool RoundKeys(in RecordingData recording, int head, float* room)
    {
        int positions = plan.Encoder.Positions, width = plan.HeadWidth, headDim = plan.Encoder.HeadDim;
        float* keys = recording.Room + plan.Recording.Keys + (head * plan.HeadCount), scales = recording.Room + plan.Recording.KeyScales + ((long)head * plan.Positions);
        float* mean = room + plan.Room.Head, centred = room + plan.Room.Scaled;
        byte* rounded = (byte*)(room + plan.Room.Rows);
        Int8Operand operand = Keys(recording, head);
        for (int d = 0; d < width; d += Lanes)
            (Sum(keys + d) / positions).Store(mean + d);
        float all = 0;
        for (int p = 0; p < positions; p++, keys += width)
        {
            for (int d = 0; d < width; d += Lanes)
                (Vector512.Load(keys + d) - Vector512.Load(mean + d)).Store(centred + d);
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
        float* values = recording.Room + plan.Recording.Values + (head * plan.HeadCount);
        long sides = (long)head * plan.HeadWidth;
        float* means = recording.Room + plan.Recording.ValueMeans + sides, scales = recording.Room + plan.Recording.ValueScales + sides;
        int* sums = (int*)(recording.Room + plan.Recording.ValueSums + sides), panel = (int*)(room + plan.Room.Panel);
        Int8Operand operand = Values(recording, head);
        for (int d = 0; d < plan.HeadWidth; d += Lanes)
        {
            Vector512<float> mean = Sum(values + d) / plan.Encoder.Positions;
            mean.Store(means + d);

            // Where a key or a value is no number, every position's result is none.
            Vector512<float> scale = (Farthest(values + d, mean) / Int8Rows.Largest) + (mean - mean);
            (isFinite ? scale : Vector512.Create(float.NaN)).Store(scales + d);
            Vector512<float> factors = Vector512.ConditionalSelect(Vector512.GreaterThan(scale, default), Vector512<float>.One / scale, default);
            Round(values + d, mean, factors, panel).Store(sums + d);
            product.SetPanel((sbyte*)panel, operand, d / Lanes);
        }
    }

    /// <summary>The panel of sixteen dimensions: four positions of a dimension side by side.</summary>
    /// <returns>Sums over the positions.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<int> Round(float* values, Vector512<float> mean, Vector512<float> factors, int* panel)
    {
        int positions = plan.Encoder.Positions, width = plan.HeadWidth, whole = positions / Int8Tiles.GroupInputs * Int8Tiles.GroupInputs;
        Vector512<int> sum = default, mask = Vector512.Create(0xFF);
        int p = 0;
        for (; p < whole; p += Int8Tiles.GroupInputs, values += Int8Tiles.GroupInputs * width, panel += Lanes)
        {
            Vector512<int> a = Round(values, mean, factors), b = Round(values + width, mean, factors), c = Round(values + (2 * width), mean, factors), d = Round(values + (3 * width), mean, factors);
            sum += a + b + (c + d);
            ((a & mask) | ((b & mask) << 8) | (((c & mask) << 16) | (d << 24))).Store(panel);
        }

        Vector512<int> rest = default;
        for (int shift = 0; p < positions; p++, values += width, shift += 8)
        {
            Vector512<int> a = Round(values, mean, factors);
            sum += a;
            rest |= (a & mask) << shift;
        }

        if (whole < positions)
            rest.Store(panel);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Round(float* values, Vector512<float> mean, Vector512<float> factors) => Int8Rows.Round((Vector512.Load(values) - mean) * factors);

    /// <summary>Of sixteen dimensions over all positions, even and odd ones apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<float> Sum(float* rows)
    {
        int positions = plan.Encoder.Positions, width = plan.HeadWidth, p = 0;
        Vector512<float> even = default, odd = default;
        for (; p + 2 <= positions; p += 2, rows += 2 * width)
        {
            even += Vector512.Load(rows);
            odd += Vector512.Load(rows + width);
        }

        return p < positions ? even + odd + Vector512.Load(rows) : even + odd;
    }

    /// <summary>The largest distance from the mean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<float> Farthest(float* rows, Vector512<float> mean)
    {
        Vector512<float> low = mean, high = mean;
        for (int p = 0; p < plan.Encoder.Positions; p++, rows += plan.HeadWidth)
        {
            Vector512<float> x = Vector512.Load(rows);
            low = Vector512.MinNative(x, low);
            high = Vector512.MaxNative(x, high);
        }

        return Vector512.MaxNative(high - mean, mean - low);
    }
}
