using System.Buffers;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// A weight [out, in] in eight bits, symmetric, one scale per output, as panels [out / 16][in / 4][16][4]: what the tiles read lies in one line. Padded with zeros.
/// </summary>
internal sealed unsafe class Int8Weight : PanelWeight
{
    private readonly LargeBuffer _panels;
    private readonly NativeBuffer _scales;
    private readonly NativeBuffer _sums, _starts;

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
        _starts = new NativeBuffer(padded);
    }

    /// <summary>How it is multiplied.</summary>
    public Int8Path Path { get; }

    /// <summary>Groups of four inputs.</summary>
    public int Groups { get; }

    /// <summary>Bytes of the panels.</summary>
    public long ByteCount => _panels.Count;

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

    /// <summary>Takes another weight with its inputs in another order.</summary>
    /// <param name="other">Of the same size.</param>
    /// <param name="inputs">[in]: which of its inputs comes where.</param>
    public void TakeInputs(Int8Weight other, IReadOnlyList<int> inputs)
    {
        var row = new sbyte[InFeatures];
        for (int output = 0; output < OutFeatures; output++)
        {
            sbyte* from = other.At(output);
            for (int i = 0; i < row.Length; i++)
                row[i] = from[((inputs[i] / Int8Tiles.GroupInputs) * Int8Tiles.GroupBytes) + (inputs[i] % Int8Tiles.GroupInputs)];
            SetRow(output, row, other.ScaleOf(output));
        }
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
    /// <param name="isMany">For <see cref="MultiplyMany"/>, else for <see cref="Multiply(int, float*, long, int, float*)"/>.</param>
    /// <param name="row">Of <see cref="RowStride"/> numbers.</param>
    public void Quantise(float* x, bool isMany, float* row) => Int8Rows.QuantiseSkewed(x, InFeatures, OffsetOf(isMany), (byte*)row);

    /// <summary>The same of x * factors.</summary>
    /// <param name="x">[in].</param>
    /// <param name="factors">[in].</param>
    /// <param name="isMany">As above.</param>
    /// <param name="product">Room for [in].</param>
    /// <param name="row">Of <see cref="RowStride"/> numbers.</param>
    public void Quantise(float* x, AdapterNumbers factors, bool isMany, float* product, float* row) =>
        Int8Rows.QuantiseSkewed(x, factors, InFeatures, OffsetOf(isMany), product, (byte*)row);

    /// <summary>What rounding adds to each byte.</summary>
    public int OffsetOf(bool isMany) => isMany ? 0 : Int8Paths.Offset(Path);

    /// <summary>Bytes of a panel.</summary>
    public sbyte* PanelAt(int panel) => At(panel * Columns);

    /// <summary>Sum of an output's bytes.</summary>
    public int SumOf(int output) => ((int*)_sums.Start)[output];

    /// <summary>Scale of an output.</summary>
    public float ScaleOf(int output) => _scales.Start[output];

    /// <inheritdoc/>
    public override void Multiply(int panel, float* rows, long stride, int count, float* y)
    {
        int first = panel * Columns;
        Multiply(At(first), (int*)_starts.Start + first, _scales.Start + first, (int*)_sums.Start + first, rows, stride, count, y);
    }

    /// <summary>y[row, column] = the product of some rows with one panel that is formed under an adapter.</summary>
    /// <param name="forming">The adapter.</param>
    /// <param name="panel">Which.</param>
    /// <param name="rows">First row, as <see cref="Quantise(float*, bool, float*)"/> makes them.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="y">[count, 16].</param>
    /// <param name="scratch">Of <see cref="FormedCount"/> numbers.</param>
    public void MultiplyFormed(in Int8Forming forming, int panel, float* rows, long stride, int count, float* y, float* scratch)
    {
        float* scales = scratch, sums = scales + Columns, formed = sums + Columns;
        forming.Form(this, panel, (sbyte*)formed, scales, (int*)sums, formed + (Groups * Columns));
        int* starts = stackalloc int[Columns];
        for (int c = 0; c < Columns; c++)
            starts[c] = -Int8Paths.Offset(Path) * ((int*)sums)[c];
        Multiply((sbyte*)formed, starts, scales, (int*)sums, rows, stride, count, y);
    }

    /// <summary>Numbers that <see cref="MultiplyFormed"/> and <see cref="MultiplyMany"/> need to form panels.</summary>
    /// <param name="panels">How many at once.</param>
    /// <param name="rank">Rows of the adapter.</param>
    public long FormedCount(int panels, int rank) => (2L * panels * Columns) + ((long)Groups * Columns) + Int8Forming.ScratchCount(Groups, rank);

    /// <summary>Numbers that <see cref="MultiplyMany"/> needs for panels as plain rows.</summary>
    /// <param name="panels">How many at once.</param>
    public long PlainCount(int panels) => (long)panels * Columns * PanelUnpacking.Stride(PanelShape.RoundUp(InFeatures, 64)) / sizeof(float);

    /// <summary>y[row, column] = the product of many rows with some panels, by libtorch: the same bits as <see cref="Multiply(int, float*, long, int, float*)"/>.</summary>
    /// <param name="product">libtorch's.</param>
    /// <param name="forming">What the panels are formed with; null: as they are.</param>
    /// <param name="panel">The first one.</param>
    /// <param name="panels">How many.</param>
    /// <param name="rows">First row, as <see cref="Quantise(float*, bool, float*)"/> makes them.</param>
    /// <param name="count">Rows.</param>
    /// <param name="plain">Room for the panels as [outputs, in]: <see cref="PlainCount"/> numbers.</param>
    /// <param name="y">[count, panels x 16].</param>
    /// <param name="scratch">Of <see cref="FormedCount"/> numbers where they are formed.</param>
    public void MultiplyMany(TorchInt8Product product, Int8Forming? forming, int panel, int panels, float* rows, int count, sbyte* plain, float* y, float* scratch)
    {
        int first = panel * Columns, outputs = panels * Columns, inputs = Groups * Int8Tiles.GroupInputs, plainStride = PanelUnpacking.Stride(inputs);
        float* scales = forming is null ? _scales.Start + first : scratch, formed = scratch + (2 * outputs);
        int* sums = forming is null ? (int*)_sums.Start + first : (int*)scratch + outputs;
        for (int p = 0; p < panels; p++)
        {
            sbyte* own = At(first + (p * Columns));
            if (forming is { } adapter)
            {
                adapter.Form(this, panel + p, (sbyte*)formed, scales + (p * Columns), sums + (p * Columns), formed + (Groups * Columns));
                own = (sbyte*)formed;
            }

            PanelUnpacking.Unpack((int*)own, (int*)(plain + ((long)p * Columns * plainStride)), plainStride / Int8Tiles.GroupInputs, Groups);
        }

        long stride = RowStride * sizeof(float);
        product.Multiply((sbyte*)Int8Rows.Bytes((byte*)rows), stride, count, plain, plainStride, outputs, inputs, (int*)y);
        Int8Epilogue.ScaleMany((int*)y, (byte*)rows, stride, count, scales, sums, outputs);
    }

    public override void Dispose()
    {
        _panels.Dispose();
        _scales.Dispose();
        _sums.Dispose();
        _starts.Dispose();
    }

    private void Multiply(sbyte* panel, int* starts, float* scales, int* sums, float* rows, long stride, int count, float* y)
    {
        Int8Tiles.Multiply(Path, Int8Rows.Bytes((byte*)rows), stride * sizeof(float), count, panel, Groups, starts, (int*)y);
        Int8Epilogue.Scale((int*)y, (byte*)rows, stride * sizeof(float), count, scales, sums, y);
    }

    private sbyte* At(int output) =>
        (sbyte*)_panels.Start + ((long)(output / Int8Tiles.Columns) * Groups * Int8Tiles.GroupBytes) + ((output % Int8Tiles.Columns) * Int8Tiles.GroupInputs);

    /// <summary>What the offset of the activations adds to a product is taken off in advance.</summary>
    private void SetScale(int output, float scale, int sum)
    {
        _scales.Start[output] = scale;
        ((int*)_sums.Start)[output] = sum;
        ((int*)_starts.Start)[output] = -Int8Paths.Offset(Path) * sum;
    }
}
