namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// How an additive pair y += U (D x) lies in eight bits with a scale per rank: D as [rank / 4][in / 32][4][32], which is read as one stream, then U in panels [out / 16][rank / 4][16][4], then the scales and the sums of D's bytes. Both
/// products are products of bytes with exact sums. Eight LoRAs of rank 16 on every layer of a model of 1.1 GB are 355 MB in float32 and 89 MB here.
/// </summary>
/// <param name="inFeatures">Width of the input.</param>
/// <param name="outFeatures">Width of the output.</param>
internal sealed unsafe class Int8PairForm(int inFeatures, int outFeatures)
{
    /// <summary>Ranks that one instruction multiplies: what lies behind the rank is zero up to a multiple of it.</summary>
    public const int RowMultiple = Int8Tiles.GroupInputs;

    private const int CacheLine = 64;

    private readonly int _paddedInputs = PanelShape.RoundUp(inFeatures, CacheLine), _paddedOutputs = PanelShape.RoundUp(outFeatures, Int8Tiles.Columns);

    /// <summary>Bytes of a pair: whole cache lines.</summary>
    public long Bytes(int rank)
    {
        long padded = PanelShape.RoundUp(rank, RowMultiple);
        return (padded * (_paddedInputs + _paddedOutputs + sizeof(float) + sizeof(int)) + CacheLine - 1) / CacheLine * CacheLine;
    }

    /// <summary>Rounds one adapter's pair; any thread.</summary>
    /// <param name="rank">Rank.</param>
    /// <param name="down">D [rank, in], finite.</param>
    /// <param name="up">U [out, rank], finite.</param>
    public byte[] Pack(int rank, float[] down, float[] up)
    {
        var bytes = new byte[Bytes(rank)];
        fixed (byte* start = bytes)
            Round(At(start, rank), down, up);
        return bytes;
    }

    /// <summary>A pair that lies in memory.</summary>
    /// <param name="start">Where.</param>
    /// <param name="rank">Its rank.</param>
    public Int8Pair At(byte* start, int rank)
    {
        int padded = PanelShape.RoundUp(rank, RowMultiple);
        byte* up = start + ((long)padded * _paddedInputs), scales = up + ((long)padded * _paddedOutputs);
        return new()
        {
            Down = (sbyte*)start,
            PaddedInputs = _paddedInputs,
            Up = up,
            Scales = (float*)scales,
            DownSums = (int*)scales + padded,
            Rank = rank,
            PaddedRank = padded,
        };
    }

    private void Round(Int8Pair pair, float[] down, float[] up)
    {
        for (int i = 0; i < pair.Rank; i++)
        {
            float ofDown = 0, ofUp = 0;
            for (int k = 0; k < inFeatures; k++)
                ofDown = MathF.Max(ofDown, MathF.Abs(down[(i * inFeatures) + k]));
            for (int o = 0; o < outFeatures; o++)
                ofUp = MathF.Max(ofUp, MathF.Abs(up[(o * pair.Rank) + i]));
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
                pair.Up[pair.UpAt(o, i)] = (byte)((int)MathF.Round(up[(o * pair.Rank) + i] * toUp) + Int8Pair.UpOffset);
            pair.Scales[i] = ofDown / Int8Rows.Largest * (ofUp / Int8Rows.Largest);
        }
    }
}
