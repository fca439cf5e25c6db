using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// How keys and values of an encoder's result lie in eight bits in the cache's blocks of float32, whose fourth part they take: in the half of a block for keys, and in that for values, [heads, block tokens] bytes of a
/// head, then as many scales. A step of the decoder reads all of them once per token: of Whisper's base 37 MB in float32, 10 MB so.
/// </summary>
/// <param name="BlockTokens">Tokens in a block.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadDim">Width of a head; at least 2, or a scale more would not fit.</param>
internal sealed unsafe record EncodedRows(int BlockTokens, int Heads, int HeadDim)
{
    /// <summary>Numbers of half a block.</summary>
    private readonly long _halfCount = (long)BlockTokens * Heads * HeadDim;

    /// <summary>Bytes from position to position of a head.</summary>
    public int HeadBytes { get; } = PanelShape.RoundUp(HeadDim, sizeof(float));

    /// <summary>A head's bytes in a block, from its first position on.</summary>
    /// <param name="cache">The layer: [block, 2, block tokens, heads, head dim].</param>
    /// <param name="block">Which.</param>
    /// <param name="half">0: keys; 1: values.</param>
    /// <param name="head">Which.</param>
    public sbyte* Bytes(float* cache, int block, int half, int head) => (sbyte*)(cache + (((block * 2L) + half) * _halfCount)) + ((long)head * BlockTokens * HeadBytes);

    /// <summary>Their scales.</summary>
    public float* Scales(float* cache, int block, int half, int head) => (float*)Bytes(cache, block, half, Heads) + ((long)head * BlockTokens);

    /// <summary>Rounds a position's keys, or values.</summary>
    /// <param name="cache">The layer.</param>
    /// <param name="block">Its block.</param>
    /// <param name="offset">Its place there.</param>
    /// <param name="half">0: keys; 1: values.</param>
    /// <param name="row">[heads, head dim].</param>
    public void Write(float* cache, int block, int offset, int half, float* row)
    {
        for (int head = 0; head < Heads; head++, row += HeadDim)
        {
            sbyte* to = Bytes(cache, block, half, head) + ((long)offset * HeadBytes);
            Scales(cache, block, half, head)[offset] = Int8Rows.RoundAll(row, HeadDim, 0, (byte*)to);
            new Span<sbyte>(to + HeadDim, HeadBytes - HeadDim).Clear();
        }
    }

    /// <summary>Keys as float32, for alignments.</summary>
    /// <param name="layer">[blocks x 2 x block tokens, heads x head dim]: the layer's rows.</param>
    /// <param name="blocks">An encoder's result.</param>
    /// <param name="positions">Its positions.</param>
    /// <returns>[positions, heads, head dim], in the current dispose scope.</returns>
    public Tensor ReadKeys(Tensor layer, IReadOnlyList<int> blocks, int positions)
    {
        Tensor keys = empty(positions, Heads, HeadDim, dtype: ScalarType.Float32);
        Span<float> to = HostMemory.Elements<float>(keys);
        fixed (float* cache = HostMemory.Elements<float>(layer))
        {
            for (int p = 0; p < positions; p++)
            {
                for (int head = 0; head < Heads; head++)
                {
                    sbyte* bytes = Bytes(cache, blocks[p / BlockTokens], 0, head) + ((long)(p % BlockTokens) * HeadBytes);
                    float scale = Scales(cache, blocks[p / BlockTokens], 0, head)[p % BlockTokens];
                    for (int d = 0; d < HeadDim; d++)
                        to[(((p * Heads) + head) * HeadDim) + d] = scale * bytes[d];
                }
            }
        }

        return keys;
    }
}
