using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// Attention of a tile of positions to all positions of their recording, by products of bytes: queries with keys, weights with values. The softmax between them is of float32 (<see cref="Int8Softmax"/>).
/// </summary>
/// <param name="plan">Sizes.</param>
/// <param name="product">Products.</param>
/// <param name="heads">Keys and values.</param>
internal sealed unsafe class Int8Attention(Int8EncoderPlan plan, ManyRowsProduct product, HeadRounding heads) : IDisposable
{
    private const int Lanes = 16;

    private readonly NativeBuffer _thresholds = Thresholds(plan.Positions);

    /// <summary>Queries -> the heads' results, side by side.</summary>
    /// <param name="recording">Of this.</param>
    /// <param name="first">First position.</param>
    /// <param name="count">Positions of the tile.</param>
    /// <param name="room">The thread's.</param>
    /// <param name="attended">[tile], <see cref="Int8EncoderPlan.RowStride"/> from row to row.</param>
    public void Attend(in RecordingData recording, int first, int count, float* room, float* attended)
    {
        int* scores = (int*)(room + plan.Room.Sums), sums = (int*)(room + plan.Room.Head);
        byte* weights = (byte*)(room + plan.Room.Weights);
        float toLog2 = (float)(Math.Log2(Math.E) / Math.Sqrt(plan.Encoder.HeadDim));
        float* factors = stackalloc float[plan.TileRows];
        for (int head = 0; head < plan.Encoder.Heads; head++)
        {
            byte* queries = (byte*)(recording.Room + plan.Recording.Queries) + (first * plan.QueryBytes) + (head * plan.HeadBytes);
            float* keyScales = recording.Room + plan.Recording.KeyScales + ((long)head * plan.Positions);
            product.Multiply(heads.Keys(recording, head), Int8Rows.Bytes(queries), plan.QueryBytes, count, scores);
            for (int r = 0; r < count; r++)
            {
                float factor = Int8Rows.Scale(queries + (r * plan.QueryBytes)) * toLog2;
                int sum = Int8Softmax.Apply(scores + ((long)r * plan.Positions), keyScales, factor, _thresholds.Start, plan.Encoder.Positions, product.Offset, weights + (r * plan.WeightBytes));
                factors[r] = (1f / sum) + (factor - factor); // a query that is no number has none as its result
            }

            product.Multiply(heads.Values(recording, head), weights, plan.WeightBytes, count, sums);
            Finish(recording, head, sums, factors, count, attended + (head * plan.Encoder.HeadDim));
        }
    }

    public void Dispose() => _thresholds.Dispose();

    /// <summary>The weights' middle and the values' mean are put back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(in RecordingData recording, int head, int* sums, float* factors, int count, float* results)
    {
        long sides = (long)head * plan.HeadWidth, stride = plan.RowStride;
        float* means = recording.Room + plan.Recording.ValueMeans + sides, scales = recording.Room + plan.Recording.ValueScales + sides;
        int* ofValues = (int*)(recording.Room + plan.Recording.ValueSums + sides);
        int width = plan.HeadWidth, headDim = plan.Encoder.HeadDim;
        Vector512<int> middle = Vector512.Create(Int8Softmax.Middle);
        for (int r = 0; r < count; r++, sums += width, results += stride)
        {
            var factor = Vector512.Create(factors[r]);
            for (int d = 0; d < width; d += Lanes)
            {
                Vector512<float> own = Vector512.ConvertToSingle(Vector512.Load(sums + d) + (Vector512.Load(ofValues + d) * middle));
                Vector512<float> y = Vector512.MultiplyAddEstimate(own, factor * Vector512.Load(scales + d), Vector512.Load(means + d));
                if (headDim - d >= Lanes)
                    y.Store(results + d);
                else
                    StoreSome(y, results + d, headDim - d);
            }
        }
    }

    private static void StoreSome(Vector512<float> y, float* to, int count)
    {
        float* all = stackalloc float[Lanes];
        y.Store(all);
        new ReadOnlySpan<float>(all, count).CopyTo(new Span<float>(to, count));
    }

    private static NativeBuffer Thresholds(int count)
    {
        var thresholds = new NativeBuffer(count);
        Int8Softmax.FillThresholds(count, thresholds.Start);
        return thresholds;
    }
}
