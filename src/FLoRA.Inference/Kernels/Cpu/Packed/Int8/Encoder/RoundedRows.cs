namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>Products of a tile's rows with a module under an adapter: B and rounding in front, exact sums, and the row's scale for what comes behind. On the calling thread.</summary>
/// <param name="plan">Sizes.</param>
/// <param name="product">Products.</param>
internal sealed unsafe class RoundedRows(Int8EncoderPlan plan, ManyRowsProduct product)
{
    /// <summary>Rounds rows to the thread's room.</summary>
    /// <param name="sides">The module.</param>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="count">Rows.</param>
    /// <param name="room">The thread's.</param>
    public void Round(in ModuleSides sides, float* input, long stride, int inputs, int count, float* room)
    {
        for (int r = 0; r < count; r++)
        {
            float* x = input + (r * stride);
            if (sides.InputScale != null)
            {
                RowMaths.Multiply(x, sides.InputScale, inputs, room + plan.Room.Scaled);
                x = room + plan.Room.Scaled;
            }

            Int8Rows.Quantise(x, inputs, product.Offset, Row(room, r));
        }
    }

    /// <summary>Rounds rows that a non-linearity came out of: with a zero of their own.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="count">Rows.</param>
    /// <param name="room">The thread's.</param>
    public void RoundSkewed(float* input, long stride, int inputs, int count, float* room)
    {
        for (int r = 0; r < count; r++)
            Int8Rows.QuantiseSkewed(input + (r * stride), inputs, product.Offset, Row(room, r));
    }

    /// <summary>The product of the rows that were rounded last.</summary>
    /// <param name="sides">The module.</param>
    /// <param name="count">Rows.</param>
    /// <param name="room">The thread's.</param>
    /// <returns>[rows, outputs].</returns>
    public int* Multiply(in ModuleSides sides, int count, float* room)
    {
        int* sums = (int*)(room + plan.Room.Sums);
        product.Multiply(sides.Operand, Int8Rows.Bytes(Row(room, 0)), plan.RowBytes, count, sums);
        return sums;
    }

    /// <summary>A rounded row.</summary>
    public byte* Row(float* room, int row) => (byte*)(room + plan.Room.Rows) + (row * plan.RowBytes);
}
