namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>The second convolution by products of bytes: its lines of frames, which a non-linearity has passed, are rounded with a zero of their own.</summary>
internal sealed unsafe class Int8Convolution : SecondConvolution
{
    private readonly Int8EncoderContext _context;
    private readonly NativeBuffer _operand, _sides;
    private readonly ModuleSides _kernel;
    private readonly int _inputs;

    /// <param name="context">What is shared.</param>
    /// <param name="weight">[channels, frames x channels].</param>
    public Int8Convolution(Int8EncoderContext context, Int8Weight weight)
    {
        _context = context;
        _inputs = weight.InFeatures;
        int outputs = PanelShape.RoundUp(weight.OutFeatures, Int8Tiles.Columns);
        _operand = new NativeBuffer(outputs + (Int8Operand.ByteCount(weight.OutFeatures, weight.InFeatures) / sizeof(float)));
        _sides = new NativeBuffer(3L * outputs); // the last third stays zero: the bias comes later
        _kernel = new ModuleSides
        {
            Operand = new Int8Operand { Start = (int*)_operand.Start, Bytes = (sbyte*)(_operand.Start + outputs), Outputs = outputs, Inputs = weight.Groups * Int8Tiles.GroupInputs },
            Factors = _sides.Start,
            Sums = (int*)_sides.Start + outputs,
            Bias = _sides.Start + (2L * outputs),
        };
        for (int panel = 0; panel < weight.PanelCount; panel++)
            context.Product.SetPanel(weight.PanelAt(panel), _kernel.Operand, panel);
        for (int o = 0; o < weight.OutFeatures; o++)
        {
            _kernel.Factors[o] = weight.ScaleOf(o);
            _kernel.Sums[o] = weight.SumOf(o);
        }
    }

    /// <inheritdoc/>
    public override float* Multiply(float* input, long stride, int count, float* room, out long resultStride)
    {
        resultStride = _kernel.Operand.Outputs;
        _context.Rows.RoundSkewed(input, stride, _inputs, count, room);
        int* sums = _context.Rows.Multiply(_kernel, count, room);
        for (int r = 0; r < count; r++)
            EncoderEpilogue.Apply(sums + (r * resultStride), _context.Rows.Row(room, r), _kernel, (float*)sums + (r * resultStride));
        return (float*)sums;
    }

    public override void Dispose()
    {
        _operand.Dispose();
        _sides.Dispose();
    }
}
