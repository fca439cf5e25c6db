using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// A layer in eight bits, by a team: weights are laid out; tiles of rows make queries, keys and values; heads are rounded; tiles do everything else, which concerns a row alone once all keys and values are there. A row's
/// numbers depend on its recording alone: sums are exact, and everything between them is done row by row.
/// </summary>
/// <param name="context">What is shared.</param>
/// <param name="layer">The layer.</param>
/// <param name="finalNorm">Applied to the result; null: not the last layer.</param>
/// <param name="recordings">How many.</param>
internal sealed unsafe class Int8EncoderLayerPasses(Int8EncoderContext context, Int8EncoderLayer layer, PackedNorm? finalNorm, int recordings) : ITeamWork
{
    private readonly Int8EncoderPlan _plan = context.Plan;
    private readonly EncoderPlan _encoder = context.Plan.Encoder;
    private readonly RecordingData[] _recordings = new RecordingData[recordings];
    private readonly RowTiles _tiles = context.Tiles(recordings);

    /// <summary>Takes the recordings one layer further, in place.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="hidden">Hidden states [positions, width], as pointers.</param>
    /// <param name="adapters">Their adapters.</param>
    public void Run(KernelPool pool, IReadOnlyList<nint> hidden, IReadOnlyList<InstalledAdapter?> adapters)
    {
        UnitWeights weights = context.Weights;
        weights.Take(layer.Modules, adapters);
        float* shared = context.Scratch.Shared(_plan.Recording.Count * _recordings.Length);
        for (int r = 0; r < _recordings.Length; r++, shared += _plan.Recording.Count)
        {
            _recordings[r] = new RecordingData
            {
                Hidden = (float*)hidden[r],
                Room = shared,
                Query = weights.Of(adapters[r], 0),
                Key = weights.Of(adapters[r], 1),
                Value = weights.Of(adapters[r], 2),
                Output = weights.Of(adapters[r], 3),
                Up = weights.Of(adapters[r], 4),
                Down = weights.Of(adapters[r], 5),
            };
        }

        pool.Run(this, context.Threads);
    }

    /// <inheritdoc/>
    public void Run(int worker, KernelTeam team)
    {
        float* room = (float*)context.Scratch.Rooms[worker];
        context.Weights.LayOut(worker, team);
        while (team.Next(worker, _tiles.Count, 1, out int tile, out _))
        {
            (int recording, int first, int count) = _tiles[tile];
            MakeQueriesKeysValues(_recordings[recording], first, count, room);
        }

        while (team.Next(worker, _recordings.Length * _encoder.Heads, 1, out int head, out _))
            context.Heads.Round(_recordings[head / _encoder.Heads], head % _encoder.Heads, room);
        while (team.Next(worker, _tiles.Count, 1, out int tile, out _))
        {
            (int recording, int first, int count) = _tiles[tile];
            Finish(_recordings[recording], first, count, room);
        }
    }

    private void MakeQueriesKeysValues(in RecordingData recording, int first, int count, float* room)
    {
        float* normal = room + _plan.Room.Normal;
        for (int r = 0; r < count; r++)
            layer.AttentionNorm.Apply(recording.Hidden + ((long)(first + r) * _encoder.Width), _encoder.Width, _encoder.Epsilon, normal + (r * _plan.RowStride));

        context.Rows.Round(recording.Query, normal, _plan.RowStride, _encoder.Width, count, room);
        int* sums = context.Rows.Multiply(recording.Query, count, room);
        for (int r = 0; r < count; r++)
        {
            float* query = (float*)sums + ((long)r * _plan.Width);
            EncoderEpilogue.Apply(sums + ((long)r * _plan.Width), context.Rows.Row(room, r), recording.Query, query);
            byte* to = (byte*)(recording.Room + _plan.Recording.Queries) + ((first + r) * _plan.QueryBytes);
            for (int head = 0; head < _encoder.Heads; head++, to += _plan.HeadBytes)
                Int8Rows.Quantise(query + (head * _encoder.HeadDim), _encoder.HeadDim, context.Product.Offset, to);
        }

        bool isSame = recording.Query.InputScale == null; // then keys and values may take the rows as they are
        Write(recording.Key, ref isSame, normal, count, first, recording.Room + _plan.Recording.Keys, room);
        Write(recording.Value, ref isSame, normal, count, first, recording.Room + _plan.Recording.Values, room);
    }

    private void Write(in ModuleSides sides, ref bool isSame, float* normal, int count, int first, float* heads, float* room)
    {
        if (!isSame || sides.InputScale != null)
            context.Rows.Round(sides, normal, _plan.RowStride, _encoder.Width, count, room);
        isSame = sides.InputScale == null;
        int* sums = context.Rows.Multiply(sides, count, room);
        for (int r = 0; r < count; r++)
        {
            float* row = (float*)sums + ((long)r * _plan.Width);
            EncoderEpilogue.Apply(sums + ((long)r * _plan.Width), context.Rows.Row(room, r), sides, row);
            context.Heads.Scatter(row, first + r, heads);
        }
    }

    private void Finish(in RecordingData recording, int first, int count, float* room)
    {
        float* normal = room + _plan.Room.Normal, residual = room + _plan.Room.Residual;
        context.Attention.Attend(recording, first, count, room, normal);
        context.Rows.Round(recording.Output, normal, _plan.RowStride, _encoder.Width, count, room);
        int* sums = context.Rows.Multiply(recording.Output, count, room);
        for (int r = 0; r < count; r++)
        {
            float* row = residual + (r * _plan.RowStride);
            EncoderEpilogue.Apply(sums + ((long)r * _plan.Width), context.Rows.Row(room, r), recording.Output, row);
            RowMaths.Add(row, recording.Hidden + ((long)(first + r) * _encoder.Width), null, _encoder.Width);
            layer.MlpNorm.Apply(row, _encoder.Width, _encoder.Epsilon, normal + (r * _plan.RowStride));
        }

        context.Rows.Round(recording.Up, normal, _plan.RowStride, _encoder.Width, count, room);
        sums = context.Rows.Multiply(recording.Up, count, room);
        float* inner = (float*)sums;
        for (int r = 0; r < count; r++)
        {
            // Rounded at once, into the place of the row that it came from.
            float* own = inner + ((long)r * _plan.MlpWidth);
            byte* rounded = context.Rows.Row(room, r);
            Int8Rows.RowRange range = EncoderEpilogue.Activate(sums + ((long)r * _plan.MlpWidth), rounded, recording.Up, _encoder.Activation, recording.Down.InputScale, own);
            Int8Rows.QuantiseSkewed(own, range, _encoder.MlpWidth, context.Product.Offset, rounded);
        }

        sums = context.Rows.Multiply(recording.Down, count, room);
        for (int r = 0; r < count; r++)
        {
            float* row = (float*)sums + ((long)r * _plan.Width), result = recording.Hidden + ((long)(first + r) * _encoder.Width);
            EncoderEpilogue.Apply(sums + ((long)r * _plan.Width), context.Rows.Row(room, r), recording.Down, row);
            RowMaths.Add(row, residual + (r * _plan.RowStride), null, _encoder.Width);
            if (finalNorm is null)
                new ReadOnlySpan<float>(row, _encoder.Width).CopyTo(new Span<float>(result, _encoder.Width));
            else
                finalNorm.Apply(row, _encoder.Width, _encoder.Epsilon, result);
        }
    }
}
