using System.Runtime.CompilerServices;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>A recording on its way through a layer.</summary>
internal unsafe struct RecordingRows
{
    /// <summary>Hidden state [positions, width]; becomes the layer's result.</summary>
    public float* Hidden;

    /// <summary>[rows, width], scaled.</summary>
    public float* Queries;

    /// <summary>Panels; see <see cref="EncoderPlan.KeyCount"/>.</summary>
    public float* Keys;

    /// <summary>Panels; see <see cref="EncoderPlan.ValueCount"/>.</summary>
    public float* Values;

    /// <summary>Adapter rows: query, key, value, output, up, down.</summary>
    public PanelAdapter Query, Key, Value, Output, Up, Down;
}

/// <summary>The two passes of <see cref="PackedEncoderLayer"/>.</summary>
/// <param name="plan">Sizes.</param>
/// <param name="layer">Weights.</param>
/// <param name="finalNorm">Applied to the result; null: not the last layer.</param>
/// <param name="scratch">Room.</param>
/// <param name="tiles">How the rows are cut.</param>
internal sealed unsafe class EncoderLayerPasses(EncoderPlan plan, PackedEncoderLayer layer, PackedNorm? finalNorm, EncoderScratch scratch, RowTiles tiles) : ITeamWork
{
    private readonly RecordingRows[] _recordings = new RecordingRows[tiles.Recordings];

    /// <summary>Takes the recordings one layer further, in place.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="threads">How many of them.</param>
    /// <param name="hidden">Hidden states [positions, width], as pointers.</param>
    /// <param name="adapters">Their adapters.</param>
    public void Run(KernelPool pool, int threads, IReadOnlyList<nint> hidden, IReadOnlyList<InstalledAdapter?> adapters)
    {
        long perRecording = plan.QueryCount + plan.KeyCount + plan.ValueCount;
        float* shared = scratch.Shared(perRecording * _recordings.Length);
        for (int r = 0; r < _recordings.Length; r++, shared += perRecording)
        {
            _recordings[r] = new RecordingRows
            {
                Hidden = (float*)hidden[r],
                Queries = shared,
                Keys = shared + plan.QueryCount,
                Values = shared + plan.QueryCount + plan.KeyCount,
                Query = layer.Qkv.Adapter(adapters[r], 0),
                Key = layer.Qkv.Adapter(adapters[r], 1),
                Value = layer.Qkv.Adapter(adapters[r], 2),
                Output = layer.AttentionOutput.Adapter(adapters[r], 0),
                Up = layer.MlpInput.Adapter(adapters[r], 0),
                Down = layer.MlpOutput.Adapter(adapters[r], 0),
            };
        }

        pool.Run(this, threads);
    }

    /// <inheritdoc/>
    public void Run(int worker, KernelTeam team)
    {
        float* room = (float*)scratch.Rooms[worker];
        while (team.Next(worker, tiles.Count, 1, out int tile, out _))
        {
            (int recording, int first, int count) = tiles[tile];
            MakeQueriesKeysValues(_recordings[recording], first, count, room);
        }

        while (team.Next(worker, tiles.Count, 1, out int tile, out _))
        {
            (int recording, int first, int count) = tiles[tile];
            Finish(_recordings[recording], first, count, room);
        }
    }

    private void MakeQueriesKeysValues(in RecordingRows recording, int first, int count, float* room)
    {
        float* normal = room + plan.Room.Normal;
        for (int r = 0; r < count; r++)
            layer.AttentionNorm.Apply(recording.Hidden + ((long)(first + r) * plan.Width), plan.Width, plan.Epsilon, normal + ((long)r * plan.PaddedWidth));

        float* product = Multiply(layer.Qkv.Modules[0], recording.Query, normal, count, room + plan.Room.Product, room);
        float scale = 1 / MathF.Sqrt(plan.HeadDim);
        for (int r = 0; r < count; r++)
        {
            float* row = product + ((long)r * plan.PaddedWidth);
            RowMaths.Add(row, recording.Query.Bias, null, plan.Width);
            RowMaths.Scale(row, scale, plan.Width);
            Copy(row, recording.Queries + ((long)(first + r) * plan.Width), plan.Width);
        }

        product = Multiply(layer.Qkv.Modules[1], recording.Key, normal, count, room + plan.Room.Product, room);
        for (int r = 0; r < count; r++)
            RowMaths.Add(product + ((long)r * plan.PaddedWidth), recording.Key.Bias, null, plan.Width);
        ScatterKeys(product, first, count, recording.Keys);

        product = Multiply(layer.Qkv.Modules[2], recording.Value, normal, count, room + plan.Room.Product, room);
        for (int r = 0; r < count; r++)
        {
            float* row = product + ((long)r * plan.PaddedWidth);
            RowMaths.Add(row, recording.Value.Bias, null, plan.Width);
            ScatterValues(row, first + r, recording.Values);
        }
    }

    private void Finish(in RecordingRows recording, int first, int count, float* room)
    {
        float* attended = room + plan.Room.Attended, residual = room + plan.Room.Residual, normal = room + plan.Room.Normal;
        Attend(recording, first, count, room);
        Multiply(layer.AttentionOutput.Modules[0], recording.Output, attended, count, residual, room);
        for (int r = 0; r < count; r++)
        {
            float* row = residual + ((long)r * plan.PaddedWidth);
            RowMaths.Add(row, recording.Output.Bias, recording.Hidden + ((long)(first + r) * plan.Width), plan.Width);
            layer.MlpNorm.Apply(row, plan.Width, plan.Epsilon, normal + ((long)r * plan.PaddedWidth));
        }

        float* product = FeedForward(recording, normal, count, room);
        for (int r = 0; r < count; r++)
        {
            float* row = product + ((long)r * plan.PaddedWidth), result = recording.Hidden + ((long)(first + r) * plan.Width);
            RowMaths.Add(row, recording.Down.Bias, residual + ((long)r * plan.PaddedWidth), plan.Width);
            if (finalNorm is null)
                Copy(row, result, plan.Width);
            else
                finalNorm.Apply(row, plan.Width, plan.Epsilon, result);
        }
    }

    /// <summary>Per head and register tile of rows: scores of all positions, softmax, weighted sum.</summary>
    private void Attend(in RecordingRows recording, int first, int count, float* room)
    {
        float* scores = room + plan.Room.Scores, head = room + plan.Room.Head;
        int rows = PanelShape.PaddedRows(count), columns = PanelShape.Columns;
        float* factors = stackalloc float[RegisterTiles.LargeRows];
        for (int h = 0; h < plan.Heads; h++)
        {
            float* keys = recording.Keys + ((long)h * plan.PaddedPositions * plan.HeadDim), values = recording.Values + ((long)h * plan.Positions * plan.PaddedHeadDim);
            for (int row = 0; row < rows; row += RegisterTiles.LargeRows)
            {
                int some = Math.Min(RegisterTiles.LargeRows, rows - row), valid = Math.Min(some, count - row);
                float* queries = recording.Queries + ((long)(first + row) * plan.Width) + (h * plan.HeadDim);
                for (int p = 0; p < plan.PaddedPositions; p += columns)
                    RegisterTiles.Multiply(queries, plan.Width, some, keys + ((long)p * plan.HeadDim), plan.HeadDim, scores + p, plan.PaddedPositions, accumulate: false);
                for (int r = 0; r < valid; r++)
                    factors[r] = RowMaths.Softmax(scores + ((long)r * plan.PaddedPositions), plan.Positions);
                for (int d = 0; d < plan.PaddedHeadDim; d += columns)
                    RegisterTiles.Multiply(scores, plan.PaddedPositions, some, values + ((long)d * plan.Positions), plan.Positions, head + d, plan.PaddedHeadDim, accumulate: false);
                for (int r = 0; r < valid; r++)
                {
                    float* result = head + ((long)r * plan.PaddedHeadDim);
                    RowMaths.Scale(result, factors[r], plan.HeadDim);
                    Copy(result, room + plan.Room.Attended + ((long)(row + r) * plan.PaddedWidth) + (h * plan.HeadDim), plan.HeadDim);
                }
            }
        }
    }

    /// <summary>A block of inner columns at a time, so that the inner rows stay in the cache: up, non-linearity, its share of down.</summary>
    private float* FeedForward(in RecordingRows recording, float* normal, int count, float* room)
    {
        float* inner = room + plan.Room.Inner, product = room + plan.Room.Product, formed = room + plan.Room.Formed;
        int rows = PanelShape.PaddedRows(count);
        PackedWeight up = layer.MlpInput.Modules[0], down = layer.MlpOutput.Modules[0];
        for (int first = 0; first < plan.MlpWidth; first += PanelShape.BlockInputs)
        {
            int width = Math.Min(PanelShape.BlockInputs, plan.MlpWidth - first), padded = PanelShape.PaddedColumns(width);
            for (int input = 0; input < plan.Width; input += PanelShape.BlockInputs)
                PanelProduct.Multiply(up, recording.Up, input, Math.Min(PanelShape.BlockInputs, plan.Width - input), first, first + padded, normal + input, plan.PaddedWidth, rows, inner, PanelShape.BlockInputs, accumulate: input > 0, formed);
            for (int r = 0; r < count; r++)
                RowMaths.Activate(plan.Activation, inner + ((long)r * PanelShape.BlockInputs), recording.Up.Bias == null ? null : recording.Up.Bias + first, width);
            PanelProduct.Multiply(down, recording.Down, first, width, 0, plan.PaddedWidth, inner, PanelShape.BlockInputs, rows, product, plan.PaddedWidth, accumulate: first > 0, formed);
        }

        return product;
    }

    private float* Multiply(PackedWeight weight, in PanelAdapter adapter, float* input, int count, float* output, float* room)
    {
        PanelProduct.Multiply(weight, adapter, input, plan.PaddedWidth, PanelShape.PaddedRows(count), output, plan.PaddedWidth, room + plan.Room.Formed);
        return output;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScatterKeys(float* rows, int first, int count, float* keys)
    {
        int columns = PanelShape.Columns, headDim = plan.HeadDim, paddedWidth = plan.PaddedWidth;
        for (int h = 0; h < plan.Heads; h++)
        {
            float* head = keys + ((long)h * plan.PaddedPositions * headDim);
            for (int d = 0; d < headDim; d++)
            {
                float* from = rows + (h * headDim) + d;
                for (int r = 0; r < count; r++, from += paddedWidth)
                {
                    int position = first + r;
                    head[((((long)position / columns) * headDim) + d) * columns + (position % columns)] = *from;
                }
            }
        }
    }

    private void ScatterValues(float* row, int position, float* values)
    {
        int columns = PanelShape.Columns;
        for (int h = 0; h < plan.Heads; h++)
        {
            float* head = values + ((long)h * plan.Positions * plan.PaddedHeadDim);
            for (int d = 0; d < plan.HeadDim; d += columns)
                Copy(row + (h * plan.HeadDim) + d, head + ((((long)d / columns * plan.Positions) + position) * columns), Math.Min(columns, plan.HeadDim - d));
        }
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}
