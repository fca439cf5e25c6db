using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Kernels.Int8.Encoder;

/// <summary>Operands filled row by row and panel by panel, and their products, for every path that the machine has and for libtorch's: exact sums.</summary>
public sealed unsafe class ManyRowsProductTests
{
    /// <summary>-1: libtorch's product.</summary>
    public static TheoryData<int> Paths => [-1, .. Int8Paths.Available.Select(path => (int)path)];

    internal static ManyRowsProduct Product(int path)
    {
        if (path >= 0)
            return new ManyRowsProduct(null, (Int8Path)path);
        TorchInt8Product? product = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)?.Int8Product;
        Assert.SkipWhen(product is null, "libtorch has no exact integer product here");
        return new ManyRowsProduct(product, Int8Paths.Best);
    }

    [Theory, MemberData(nameof(Paths))]
    public void Sums_are_exact_for_any_shape(int path)
    {
        var random = new Random(5);
        foreach ((int rows, int outputs, int inputs) in ((int, int, int)[])[(1, 16, 4), (7, 32, 64), (48, 16, 12), (49, 48, 100), (96, 1504, 64), (97, 64, 1504), (40, 32, 512)])
        {
            foreach (bool byPanel in (bool[])[false, true])
                Check(Product(path), rows, outputs, inputs, byPanel, random);
        }
    }

    private static void Check(ManyRowsProduct product, int rows, int outputs, int inputs, bool byPanel, Random random)
    {
        sbyte[] x = [.. Enumerable.Range(0, rows * inputs).Select(_ => (sbyte)random.Next(-127, 128))], w = [.. Enumerable.Range(0, outputs * inputs).Select(_ => (sbyte)random.Next(-127, 128))];
        using LargeBuffer bytes = new(Int8Operand.ByteCount(outputs, inputs)), starts = new(outputs * sizeof(int)), sums = new((long)rows * outputs * sizeof(int));
        int stride = PanelShape.RoundUp(inputs, 64);
        using var input = new LargeBuffer((long)rows * stride);
        for (int i = 0; i < x.Length; i++)
            input.Start[(i / inputs * stride) + (i % inputs)] = (byte)(x[i] + product.Offset);
        var operand = new Int8Operand { Bytes = (sbyte*)bytes.Start, Start = (int*)starts.Start, Outputs = outputs, Inputs = inputs };
        sbyte[] panel = new sbyte[inputs * Int8Tiles.Columns];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
                panel[(i / 4 * Int8Tiles.GroupBytes) + (o % Int8Tiles.Columns * 4) + (i % 4)] = w[(o * inputs) + i];
            fixed (sbyte* row = &w[o * inputs], all = panel)
            {
                if (!byPanel)
                    product.SetRow(row, operand, o);
                else if (o % Int8Tiles.Columns == Int8Tiles.Columns - 1)
                    product.SetPanel(all, operand, o / Int8Tiles.Columns);
            }
        }

        product.Multiply(operand, input.Start, stride, rows, (int*)sums.Start);
        for (int r = 0; r < rows; r++)
        {
            for (int o = 0; o < outputs; o++)
            {
                int expected = 0;
                for (int i = 0; i < inputs; i++)
                    expected += x[(r * inputs) + i] * w[(o * inputs) + i];
                Assert.Equal(expected, ((int*)sums.Start)[(r * outputs) + o]);
            }
        }
    }
}
