namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// Products of bytes with many rows, on the calling thread: by libtorch where it has an exact one (512-bit instructions, for which .NET 10 has no names), else by our tiles. Sums are exact, so that nobody can tell.
/// </summary>
/// <param name="library">libtorch's product, or null.</param>
/// <param name="path">Our tiles' instructions.</param>
internal sealed unsafe class ManyRowsProduct(TorchInt8Product? library, Int8Path path)
{
    /// <summary>Whether operands are rows, as libtorch takes them, and no panels.</summary>
    public bool TakesRows => library is not null;

    /// <summary>What is added to an activation's byte.</summary>
    public int Offset => library is null ? Int8Paths.Offset(path) : 0;

    /// <summary>Puts a panel into an operand.</summary>
    /// <param name="panel">[inputs / 4][16][4].</param>
    /// <param name="operand">Where it goes.</param>
    /// <param name="index">The outputs from 16 x index on.</param>
    public void SetPanel(sbyte* panel, in Int8Operand operand, int index)
    {
        int groups = operand.Inputs / Int8Tiles.GroupInputs;
        if (library is not null)
        {
            PanelUnpacking.Unpack((int*)panel, (int*)(operand.Bytes + ((long)index * Int8Tiles.Columns * operand.Stride)), operand.Stride / Int8Tiles.GroupInputs, groups);
            return;
        }

        long bytes = (long)groups * Int8Tiles.GroupBytes;
        sbyte* to = operand.Bytes + (index * bytes);
        Buffer.MemoryCopy(panel, to, bytes, bytes);
        for (int c = 0; c < Int8Tiles.Columns; c++)
        {
            int sum = 0;
            for (int g = 0; g < groups; g++)
            {
                for (int i = 0; i < Int8Tiles.GroupInputs; i++)
                    sum += panel[(g * Int8Tiles.GroupBytes) + (c * Int8Tiles.GroupInputs) + i];
            }

            operand.Start[(index * Int8Tiles.Columns) + c] = -Offset * sum;
        }
    }

    /// <summary>Puts one output into an operand.</summary>
    /// <param name="row">[inputs], padded to 4.</param>
    /// <param name="operand">Where it goes.</param>
    /// <param name="output">Which.</param>
    public void SetRow(sbyte* row, in Int8Operand operand, int output)
    {
        if (library is not null)
        {
            Buffer.MemoryCopy(row, operand.Bytes + ((long)output * operand.Stride), operand.Inputs, operand.Inputs);
            return;
        }

        int* to = (int*)(operand.Bytes + ((long)(output / Int8Tiles.Columns) * Int8Tiles.Columns * operand.Inputs)) + (output % Int8Tiles.Columns);
        int sum = 0;
        for (int g = 0; g < operand.Inputs / Int8Tiles.GroupInputs; g++)
        {
            to[g * Int8Tiles.Columns] = ((int*)row)[g];
            for (int i = 0; i < Int8Tiles.GroupInputs; i++)
                sum += row[(g * Int8Tiles.GroupInputs) + i];
        }

        operand.Start[output] = -Offset * sum;
    }

    /// <summary>sums[row, output] = sum_k x[row, k] w[output, k], for all outputs.</summary>
    /// <param name="operand">w.</param>
    /// <param name="x">[rows, inputs], with <see cref="Offset"/>.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="sums">[rows, outputs], one behind the other.</param>
    public void Multiply(in Int8Operand operand, byte* x, long stride, int rows, int* sums)
    {
        if (library is not null)
        {
            library.Multiply((sbyte*)x, stride, rows, operand.Bytes, operand.Stride, operand.Outputs, operand.Inputs, sums);
            return;
        }

        const int SomeRows = 48;
        int* tile = stackalloc int[SomeRows * Int8Tiles.Columns];
        int groups = operand.Inputs / Int8Tiles.GroupInputs;
        for (int row = 0; row < rows; row += SomeRows)
        {
            int some = Math.Min(SomeRows, rows - row);
            for (int output = 0; output < operand.Outputs; output += Int8Tiles.Columns)
            {
                Int8Tiles.Multiply(path, x + (row * stride), stride, some, operand.Bytes + ((long)output * operand.Inputs), groups, operand.Start + output, tile);
                for (int r = 0; r < some; r++)
                    new ReadOnlySpan<int>(tile + (r * Int8Tiles.Columns), Int8Tiles.Columns).CopyTo(new Span<int>(sums + ((long)(row + r) * operand.Outputs) + output, Int8Tiles.Columns));
            }
        }
    }
}
