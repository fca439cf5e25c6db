namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// The additive pairs y += U (D x) of all adapters for one module, in eight bits with a scale per rank: D as [rank / 4][in / 32][4][32], which is read as one stream, and U in panels [out / 16][rank / 4][16][4]. Both
/// products are products of bytes with exact sums. Eight LoRAs of rank 16 on every layer of a model of 1.1 GB are 355 MB in float32 and 89 MB here.
/// </summary>
/// <param name="inFeatures">Width of the input.</param>
/// <param name="outFeatures">Width of the output.</param>
internal sealed unsafe class Int8PairBank(int inFeatures, int outFeatures) : IDisposable
{
    /// <summary>Ranks that one instruction multiplies: an adapter's rows begin at a multiple of it.</summary>
    public const int RowMultiple = Int8Tiles.GroupInputs;

    private readonly int _paddedOutputs = PanelShape.RoundUp(outFeatures, Int8Tiles.Columns);
    private LargeBuffer? _down, _up;
    private NativeBuffer? _scales, _downSums;
    private int _capacity;

    /// <summary>Bytes of a rank of D.</summary>
    private readonly int _paddedInputs = PanelShape.RoundUp(inFeatures, 64);

    /// <summary>Rounds one adapter's pair.</summary>
    /// <param name="row">Its first row, a multiple of <see cref="RowMultiple"/>.</param>
    /// <param name="capacity">Size of the row space.</param>
    /// <param name="rank">Rank.</param>
    /// <param name="down">D [rank, in], finite.</param>
    /// <param name="up">U [out, rank], finite.</param>
    public void Write(int row, int capacity, int rank, float[] down, float[] up)
    {
        Grow(capacity);
        Int8Pair pair = At(row, rank);
        new Span<byte>(pair.Up, _paddedOutputs * pair.PaddedRank).Clear();
        new Span<byte>(pair.Down, _paddedInputs * pair.PaddedRank).Clear();
        for (int i = 0; i < rank; i++)
        {
            float ofDown = 0, ofUp = 0;
            for (int k = 0; k < inFeatures; k++)
                ofDown = MathF.Max(ofDown, MathF.Abs(down[(i * inFeatures) + k]));
            for (int o = 0; o < outFeatures; o++)
                ofUp = MathF.Max(ofUp, MathF.Abs(up[(o * rank) + i]));
            float toDown = ofDown > 0 ? Int8Rows.Largest / ofDown : 0, toUp = ofUp > 0 ? Int8Rows.Largest / ofUp : 0;
            int sum = 0;
            for (int k = 0; k < inFeatures; k++)
            {
                var rounded = (sbyte)MathF.Round(down[(i * inFeatures) + k] * toDown);
                pair.Down[pair.DownAt(i, k)] = rounded;
                sum += rounded;
            }

            pair.DownSums[i] = sum;
            for (int o = 0; o < outFeatures; o++)
                pair.Up[pair.UpAt(o, i)] = (sbyte)MathF.Round(up[(o * rank) + i] * toUp);
            pair.Scales[i] = ofDown / Int8Rows.Largest * (ofUp / Int8Rows.Largest);
        }
    }

    /// <summary>One adapter's pair.</summary>
    /// <param name="row">Its first row.</param>
    /// <param name="rank">Its rank.</param>
    public Int8Pair At(int row, int rank) => new()
    {
        Down = (sbyte*)_down!.Start + ((long)row * _paddedInputs),
        PaddedInputs = _paddedInputs,
        Up = (sbyte*)_up!.Start + ((long)row * _paddedOutputs),
        Scales = _scales!.Start + row,
        DownSums = (int*)_downSums!.Start + row,
        Rank = rank,
        PaddedRank = PanelShape.RoundUp(rank, RowMultiple),
    };

    public void Dispose()
    {
        _down?.Dispose();
        _up?.Dispose();
        _scales?.Dispose();
        _downSums?.Dispose();
    }

    private void Grow(int capacity)
    {
        if (capacity <= _capacity)
            return;
        Grow(ref _down, (long)_capacity * _paddedInputs, (long)capacity * _paddedInputs);
        Grow(ref _up, (long)_capacity * _paddedOutputs, (long)capacity * _paddedOutputs);
        Grow(ref _scales, _capacity, capacity);
        Grow(ref _downSums, _capacity, capacity);
        _capacity = capacity;
    }

    private static void Grow(ref NativeBuffer? buffer, long filled, long count)
    {
        var grown = new NativeBuffer(count);
        Buffer.MemoryCopy(buffer is null ? null : buffer.Start, grown.Start, count * sizeof(float), filled * sizeof(float));
        buffer?.Dispose();
        buffer = grown;
    }

    private static void Grow(ref LargeBuffer? buffer, long filled, long count)
    {
        var grown = new LargeBuffer(count);
        Buffer.MemoryCopy(buffer is null ? null : buffer.Start, grown.Start, count, filled);
        buffer?.Dispose();
        buffer = grown;
    }
}
