namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>A weight [out, in] as panels [out / columns][in][columns]: what the register tile reads lies in one line. The last panel is padded with zeros.</summary>
internal sealed unsafe class PackedWeight : PanelWeight
{
    private readonly NativeBuffer _panels;

    /// <param name="weight">[out, in], row-major.</param>
    /// <param name="outFeatures">Rows of it.</param>
    /// <param name="inFeatures">Columns of it.</param>
    public PackedWeight(float* weight, int outFeatures, int inFeatures)
        : this(outFeatures, inFeatures)
    {
        int columns = PanelShape.Columns;
        for (int o = 0; o < outFeatures; o++)
        {
            float* to = Panels + ((long)(o / columns) * inFeatures * columns) + (o % columns);
            float* from = weight + ((long)o * inFeatures);
            for (int i = 0; i < inFeatures; i++, to += columns)
                *to = from[i];
        }
    }

    private PackedWeight(int outFeatures, int inFeatures)
        : base(outFeatures, inFeatures, PanelShape.Columns)
    {
        _panels = new NativeBuffer(PackedCount(outFeatures, inFeatures));
    }

    /// <summary>Numbers that a packed weight has.</summary>
    public static long PackedCount(int outFeatures, int inFeatures) => (long)PanelShape.PaddedColumns(outFeatures) * inFeatures;

    /// <summary>A convolution's kernel [out, in, taps] over frames that lie one behind another: its inputs are the taps' frames in order.</summary>
    /// <param name="kernel">[out, in, taps], row-major.</param>
    /// <param name="outFeatures">Channels of the output.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="taps">Frames that it sees.</param>
    public static PackedWeight OfConvolution(float* kernel, int outFeatures, int channels, int taps)
    {
        var packed = new PackedWeight(outFeatures, channels * taps);
        int columns = PanelShape.Columns;
        for (int o = 0; o < outFeatures; o++)
        {
            float* to = packed.Panels + ((long)(o / columns) * packed.InFeatures * columns) + (o % columns);
            for (int c = 0; c < channels; c++)
            {
                for (int t = 0; t < taps; t++)
                    to[(long)((t * channels) + c) * columns] = kernel[((((long)o * channels) + c) * taps) + t];
            }
        }

        return packed;
    }

    /// <summary>The panels.</summary>
    public float* Panels => _panels.Start;

    /// <inheritdoc/>
    public override long RowStride => StepTokens.Stride(InFeatures);

    /// <inheritdoc/>
    public override void Multiply(int panel, float* rows, long stride, int count, float* y)
    {
        float* own = Panels + ((long)panel * Columns * InFeatures);
        for (int k = 0; k < InFeatures; k += PanelShape.BlockInputs)
            RegisterTiles.Multiply(rows + k, stride, count, own + ((long)k * Columns), Math.Min(PanelShape.BlockInputs, InFeatures - k), y, Columns, accumulate: k > 0);
    }

    /// <summary>The same with the panel formed under an adapter.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="panel">Which.</param>
    /// <param name="rows">First row.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="y">[count, columns].</param>
    /// <param name="formed">Room for <see cref="PanelProduct.FormedCount"/> numbers.</param>
    public void MultiplyFormed(in PanelAdapter adapter, int panel, float* rows, long stride, int count, float* y, float* formed)
    {
        for (int k = 0; k < InFeatures; k += PanelShape.BlockInputs)
        {
            int inputs = Math.Min(PanelShape.BlockInputs, InFeatures - k);
            adapter.Form(this, panel, k, inputs, formed);
            RegisterTiles.Multiply(rows + k, stride, count, formed, inputs, y, Columns, accumulate: k > 0);
        }
    }

    public override void Dispose() => _panels.Dispose();
}
