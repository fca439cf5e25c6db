using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// One adapter's rows for one module, and how they are formed into a weight's panel: W0 * sum_i A_i B_i^T [+ U D] (Wen and Chaudhuri 2024, equation 3, and DESIGN 1). A panel is
/// formed in the first-level cache right before it is used for many rows: rank + 1 multiplications for each number of the weight, nothing kept. Pointers into the bank: valid within one step.
/// </summary>
internal unsafe struct PanelAdapter
{
    private float* _inputScale, _outputScale, _down, _up;
    private int _rows, _rank;

    /// <summary>beta * b [out], or the module's own bias; null: none.</summary>
    public float* Bias;

    /// <summary>Whether the weight changes.</summary>
    public readonly bool FormsWeight => _rows > 0 || _rank > 0;

    /// <summary>Rows of <paramref name="adapter"/> for a module.</summary>
    /// <param name="adapter">In the bank; null: base.</param>
    /// <param name="bank">The module's rows.</param>
    /// <param name="module">Its index.</param>
    /// <param name="bias">Its own bias, or null.</param>
    /// <param name="library">Gives data pointers.</param>
    /// <param name="hasPair">Whether U D goes into the weight too.</param>
    public static PanelAdapter Of(InstalledAdapter? adapter, ModuleBank bank, int module, float* bias, TorchCpuLibrary library, bool hasPair = true)
    {
        var rows = new PanelAdapter { Bias = bias };
        if (adapter is null)
            return rows;
        ModuleScales scales = adapter.Scales[module];
        if ((scales & (ModuleScales.Input | ModuleScales.Output)) != 0)
        {
            rows._rows = adapter.RowCounts[module];
            if (scales.HasFlag(ModuleScales.Input))
                rows._inputScale = library.Pointer<float>(bank.InputScale!) + (adapter.RowStart * bank.InputScale!.size(1));
            if (scales.HasFlag(ModuleScales.Output))
                rows._outputScale = library.Pointer<float>(bank.OutputScale!) + (adapter.RowStart * bank.OutputScale!.size(1));
        }

        if (scales.HasFlag(ModuleScales.Bias) && bank.ScaledBias is not null)
            rows.Bias = library.Pointer<float>(bank.ScaledBias) + (adapter.RowStart * bank.ScaledBias.size(1));
        rows._rank = hasPair ? adapter.AdditiveRanks[module] : 0;
        if (rows._rank > 0)
        {
            rows._down = library.Pointer<float>(bank.Down!) + (adapter.AdditiveStart * bank.Down!.size(1));
            rows._up = library.Pointer<float>(bank.UpTransposed!) + (adapter.AdditiveStart * bank.UpTransposed!.size(1));
        }

        return rows;
    }

    /// <summary>Part of a panel under the adapter.</summary>
    /// <param name="weight">What is packed.</param>
    /// <param name="panel">Which panel.</param>
    /// <param name="firstInput">First input.</param>
    /// <param name="inputs">Inputs, at most <see cref="PanelShape.BlockInputs"/>.</param>
    /// <param name="formed">[inputs, panel columns]: the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Form(PackedWeight weight, int panel, int firstInput, int inputs, float* formed)
    {
        int columns = PanelShape.Columns, firstOutput = panel * columns, outputs = Math.Min(columns, weight.OutFeatures - firstOutput), total = inputs * columns;
        float* plain = weight.Panels + ((((long)panel * weight.InFeatures) + firstInput) * columns);
        float* side = stackalloc float[columns];
        if (_rows == 0)
        {
            Buffer.MemoryCopy(plain, formed, total * sizeof(float), total * sizeof(float));
        }
        else
        {
            new Span<float>(formed, total).Clear();
            for (int row = 0; row < _rows; row++)
            {
                CopySide(_outputScale, row, weight.OutFeatures, firstOutput, outputs, columns, side);
                AddOuter(side, _inputScale == null ? null : _inputScale + ((long)row * weight.InFeatures) + firstInput, inputs, columns, formed);
            }

            for (int i = 0; i < total; i += 8)
                (Vector256.Load(formed + i) * Vector256.Load(plain + i)).Store(formed + i);
        }

        for (int row = 0; row < _rank; row++)
        {
            CopySide(_up, row, weight.OutFeatures, firstOutput, outputs, columns, side);
            AddOuter(side, _down + ((long)row * weight.InFeatures) + firstInput, inputs, columns, formed);
        }
    }

    private static void CopySide(float* rows, int row, int width, int first, int count, int columns, float* side)
    {
        for (int c = 0; c < columns; c++)
            side[c] = c >= count ? 0 : rows == null ? 1 : rows[((long)row * width) + first + c];
    }

    /// <summary>formed[k, c] += input[k] x side[c]; an input that is not scaled counts as ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOuter(float* side, float* input, int inputs, int columns, float* formed)
    {
        if (columns == 32)
        {
            Vector512<float> low = Vector512.Load(side), high = Vector512.Load(side + 16);
            for (int k = 0; k < inputs; k++, formed += 32)
            {
                var x = Vector512.Create(input == null ? 1 : input[k]);
                Vector512.MultiplyAddEstimate(x, low, Vector512.Load(formed)).Store(formed);
                Vector512.MultiplyAddEstimate(x, high, Vector512.Load(formed + 16)).Store(formed + 16);
            }

            return;
        }

        Vector256<float> left = Vector256.Load(side), right = Vector256.Load(side + 8);
        for (int k = 0; k < inputs; k++, formed += 16)
        {
            var x = Vector256.Create(input == null ? 1 : input[k]);
            Vector256.MultiplyAddEstimate(x, left, Vector256.Load(formed)).Store(formed);
            Vector256.MultiplyAddEstimate(x, right, Vector256.Load(formed + 8)).Store(formed + 8);
        }
    }
}
