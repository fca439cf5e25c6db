namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>The reference tile: one number at a time.</summary>
internal static unsafe class ScalarTiles
{
    /// <summary>One row; x holds signed bytes. See <see cref="Int8Tiles.Multiply"/>.</summary>
    public static void Tile1(sbyte* x, sbyte* panel, int groups, int* start, int* sums)
    {
        int* own = stackalloc int[Int8Tiles.Columns];
        for (int c = 0; c < Int8Tiles.Columns; c++)
            own[c] = start[c];
        for (int g = 0; g < groups; g++, x += Int8Tiles.GroupInputs)
        {
            for (int c = 0; c < Int8Tiles.Columns; c++)
            {
                for (int i = 0; i < Int8Tiles.GroupInputs; i++, panel++)
                    own[c] += x[i] * *panel;
            }
        }

        for (int c = 0; c < Int8Tiles.Columns; c++)
            sums[c] = own[c];
    }
}
