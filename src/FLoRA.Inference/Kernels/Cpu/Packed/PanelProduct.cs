using System.Runtime.CompilerServices;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>A product of rows with a packed weight under an adapter, on the calling thread.</summary>
internal static unsafe class PanelProduct
{
    /// <summary>Numbers of the buffer that a product under an adapter forms its panels in.</summary>
    public static int FormedCount => PanelShape.BlockInputs * PanelShape.Columns;

    /// <summary>output[row, o] = sum_i input[row, i] x weight[o, i], without bias; padded columns become zero.</summary>
    /// <param name="weight">Weight.</param>
    /// <param name="adapter">What it is formed with.</param>
    /// <param name="input">[rows, in], rows a multiple of six.</param>
    /// <param name="inputStride">Numbers from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="output">[rows, padded out].</param>
    /// <param name="outputStride">Numbers from row to row.</param>
    /// <param name="formed">Room for <see cref="FormedCount"/> numbers.</param>
    public static void Multiply(PackedWeight weight, in PanelAdapter adapter, float* input, long inputStride, int rows, float* output, long outputStride, float* formed)
    {
        for (int first = 0; first < weight.InFeatures; first += PanelShape.BlockInputs)
        {
            int inputs = Math.Min(PanelShape.BlockInputs, weight.InFeatures - first);
            Multiply(weight, adapter, first, inputs, 0, PanelShape.PaddedColumns(weight.OutFeatures), input + first, inputStride, rows, output, outputStride, accumulate: first > 0, formed);
        }
    }

    /// <summary>The part of a product that takes some inputs to some outputs; columns of <paramref name="output"/> begin with <paramref name="firstOutput"/>.</summary>
    /// <param name="weight">Weight.</param>
    /// <param name="adapter">What it is formed with.</param>
    /// <param name="firstInput">First input.</param>
    /// <param name="inputs">Inputs, at most <see cref="PanelShape.BlockInputs"/>.</param>
    /// <param name="firstOutput">First output, a multiple of the panel's columns.</param>
    /// <param name="endOutput">Behind the last output, likewise.</param>
    /// <param name="input">[rows, inputs]: begins with the first input.</param>
    /// <param name="inputStride">Numbers from row to row.</param>
    /// <param name="rows">Rows, a multiple of six.</param>
    /// <param name="output">[rows, outputs]: begins with the first output.</param>
    /// <param name="outputStride">Numbers from row to row.</param>
    /// <param name="accumulate">Whether the sums begin with what the output holds.</param>
    /// <param name="formed">Room for <see cref="FormedCount"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(PackedWeight weight, in PanelAdapter adapter, int firstInput, int inputs, int firstOutput, int endOutput, float* input, long inputStride, int rows, float* output, long outputStride, bool accumulate, float* formed)
    {
        int columns = PanelShape.Columns;
        for (int o = firstOutput; o < endOutput; o += columns)
        {
            float* panel = weight.Panels + (((((long)o / columns) * weight.InFeatures) + firstInput) * columns);
            if (adapter.FormsWeight)
            {
                adapter.Form(weight, o / columns, firstInput, inputs, formed);
                panel = formed;
            }

            RegisterTiles.Multiply(input, inputStride, rows, panel, inputs, output + (o - firstOutput), outputStride, accumulate);
        }
    }
}
