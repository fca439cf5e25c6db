using System.Buffers;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// A weight [out, in] in eight bits, symmetric, one scale per output, as panels [out / 16][in / 4][16][4]: what the tiles read lies in one line. Padded with zeros.
/// </summary>
internal sealed unsafe class Int8Weight : PanelWeight
{
    private readonly LargeBuffer _panels;
    private readonly NativeBuffer _scales;
    private readonly NativeBuffer _sums;

    /// <summary>A weight of zeros; <see cref="SetRow(int, ReadOnlySpan{float})"/> fills it.</summary>
    /// <param name="outFeatures">Outputs.</param>
    /// <param name="inFeatures">Inputs.</param>
    /// <param name="path">How it is multiplied.</param>
    public Int8Weight(int outFeatures, int inFeatures, Int8Path path)
        : base(outFeatures, inFeatures, Int8Tiles.Columns)
    {
        Path = path;
        Groups = PanelShape.RoundUp(inFeatures, Int8Tiles.GroupInputs) / Int8Tiles.GroupInputs;
        int padded = PanelShape.RoundUp(outFeatures, Int8Tiles.Columns);
        _panels = new LargeBuffer((long)padded * Groups * Int8Tiles.GroupInputs);
        _scales = new NativeBuffer(padded);
        _sums = new NativeBuffer(padded);
    }

    /// <summary>How it is multiplied.</summary>
    public Int8Path Path { get; }

    /// <summary>Groups of four inputs.</summary>
    public int Groups { get; }

    /// <summary>Bytes of the panels.</summary>
    public long ByteCount => _panels.Count;

    /// <summary>A scale per output, with padding.</summary>
    public float* Scales => _scales.Start;

    /// <summary>A panel's bytes [in / 4][16][4].</summary>
    public sbyte* Panel(int panel) => At(panel * Columns);

    /// <summary>Rounds one output's weights.</summary>
    /// <param name="output">Which.</param>
    /// <param name="weights">[in]; a NaN or an infinity makes the output's scale NaN.</param>
    public void SetRow(int output, ReadOnlySpan<float> weights)
    {
        float largest = 0;
        foreach (float weight in weights)
            largest = float.IsFinite(weight) ? MathF.Max(largest, MathF.Abs(weight)) : float.NaN;
        float factor = largest > 0 ? Int8Rows.Largest / largest : 0;
        sbyte[] rounded = ArrayPool<sbyte>.Shared.Rent(weights.Length);
        for (int i = 0; i < weights.Length; i++)
            rounded[i] = (sbyte)MathF.Round(weights[i] * factor);
        SetRow(output, rounded.AsSpan(0, weights.Length), largest / Int8Rows.Largest);
        ArrayPool<sbyte>.Shared.Return(rounded);
    }

    /// <summary>Takes one output's weights as they are.</summary>
    /// <param name="output">Which.</param>
    /// <param name="weights">[in], each at least -127.</param>
    /// <param name="scale">Its scale.</param>
    public void SetRow(int output, ReadOnlySpan<sbyte> weights, float scale)
    {
        sbyte* to = At(output);
        int sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            to[((i / Int8Tiles.GroupInputs) * Int8Tiles.GroupBytes) + (i % Int8Tiles.GroupInputs)] = weights[i];
            sum += weights[i];
        }

        SetScale(output, scale, sum);
    }

    /// <summary>Random bytes, all with one scale; for measurements.</summary>
    /// <param name="seed">Not 0.</param>
    /// <param name="scale">The scale.</param>
    public void Fill(long seed, float scale)
    {
        ulong state = (ulong)seed;
        for (long at = 0; at < _panels.Count; at += sizeof(ulong))
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *(ulong*)(_panels.Start + at) = state & ~0x8080808080808080ul | (state & 0x4040404040404040ul) << 1; // seven bits with sign
        }

        for (int output = 0; output < OutFeatures; output++)
        {
            sbyte* from = At(output);
            int sum = 0;
            for (int g = 0; g < Groups; g++, from += Int8Tiles.GroupBytes)
                sum += from[0] + from[1] + from[2] + from[3];
            SetScale(output, scale, sum);
        }
    }

    /// <summary>One output's weights as float32.</summary>
    /// <param name="output">Which.</param>
    /// <param name="to">[in].</param>
    public void ReadRow(int output, float* to)
    {
        sbyte* from = At(output);
        float scale = _scales.Start[output];
        for (int i = 0; i < InFeatures; i++)
            to[i] = scale * from[((i / Int8Tiles.GroupInputs) * Int8Tiles.GroupBytes) + (i % Int8Tiles.GroupInputs)];
    }

    /// <inheritdoc/>
    public override long RowStride => Int8Rows.Stride(InFeatures) / sizeof(float);

    /// <summary>Brings a row into the form that a product takes.</summary>
    /// <param name="x">[in].</param>
    /// <param name="isMany">For <see cref="MultiplyMany"/>, else for <see cref="Multiply"/>.</param>
    /// <param name="row">Of <see cref="RowStride"/> numbers.</param>
    public void Quantise(float* x, bool isMany, float* row) => Int8Rows.Quantise(x, InFeatures, OffsetOf(isMany), (byte*)row);

    /// <summary>What <see cref="Quantise"/> adds to each byte.</summary>
    public int OffsetOf(bool isMany) => isMany ? 0 : Int8Paths.Offset(Path);

    /// <inheritdoc/>
    public override void Multiply(int panel, float* rows, long stride, int count, float* y)
    {
        int first = panel * Columns;
        Int8Tiles.Multiply(Path, Int8Rows.Bytes((byte*)rows), stride * sizeof(float), count, At(first), Groups, (int*)_sums.Start + first, (int*)y);
        Int8Epilogue.Scale((int*)y, (byte*)rows, stride * sizeof(float), count, _scales.Start + first, y);
    }

    /// <summary>y[row, column] = the product of many rows with some panels, by libtorch: the same bits as <see cref="Multiply"/>.</summary>
    /// <param name="product">libtorch's.</param>
    /// <param name="panel">The first one.</param>
    /// <param name="panels">How many.</param>
    /// <param name="rows">First row, as <see cref="Quantise"/> makes them.</param>
    /// <param name="count">Rows.</param>
    /// <param name="plain">Room for the panels as [outputs, in]: panels x 16 x in, rounded up to 64, bytes.</param>
    /// <param name="y">[count, panels x 16].</param>
    public void MultiplyMany(TorchInt8Product product, int panel, int panels, float* rows, int count, sbyte* plain, float* y)
    {
        int first = panel * Columns, outputs = panels * Columns, inputs = Groups * Int8Tiles.GroupInputs;
        for (int p = 0; p < panels; p++)
            PanelUnpacking.Unpack((int*)At(first + (p * Columns)), (int*)(plain + ((long)p * Columns * inputs)), Groups);
        long stride = RowStride * sizeof(float);
        product.Multiply((sbyte*)Int8Rows.Bytes((byte*)rows), stride, count, plain, inputs, outputs, inputs, (int*)y);
        Int8Epilogue.ScaleMany((int*)y, (byte*)rows, stride, count, _scales.Start + first, outputs);
    }

    public override void Dispose()
    {
        _panels.Dispose();
        _scales.Dispose();
        _sums.Dispose();
    }

    private sbyte* At(int output) =>
        (sbyte*)_panels.Start + ((long)(output / Int8Tiles.Columns) * Groups * Int8Tiles.GroupBytes) + ((output % Int8Tiles.Columns) * Int8Tiles.GroupInputs);

    /// <summary>What the offset of the activations adds to a product is taken off in advance.</summary>
    private void SetScale(int output, float scale, int sum)
    {
        _scales.Start[output] = scale;
        ((int*)_sums.Start)[output] = -Int8Paths.Offset(Path) * sum;
    }
}
