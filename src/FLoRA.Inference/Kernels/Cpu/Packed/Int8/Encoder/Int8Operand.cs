namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>The right side of a product of bytes, [outputs, inputs], as <see cref="ManyRowsProduct"/> reads it. Both numbers with padding; what is padded is zero.</summary>
internal unsafe struct Int8Operand
{
    /// <summary>[outputs, inputs] for libtorch; else panels [outputs / 16][inputs / 4][16][4].</summary>
    public sbyte* Bytes;

    /// <summary>[outputs]: what the sums begin with, where activations have an offset.</summary>
    public int* Start;

    /// <summary>A multiple of 16.</summary>
    public int Outputs;

    /// <summary>A multiple of 4.</summary>
    public int Inputs;

    /// <summary>Bytes from output to output, where outputs are rows.</summary>
    public readonly int Stride => PanelUnpacking.Stride(Inputs);

    /// <summary>Bytes of the numbers.</summary>
    public static long ByteCount(int outputs, int inputs) => (long)PanelShape.RoundUp(outputs, Int8Tiles.Columns) * PanelUnpacking.Stride(PanelShape.RoundUp(inputs, Int8Tiles.GroupInputs));
}
