using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// One adapter's rows for one module, and how a panel of eight bits is formed with them: W0 * sum_i A_i B_i^T [+ U D] (Wen and Chaudhuri 2024, equation 3, and DESIGN 1), out of the rounded weights and rounded again, with a scale per output of its own.
/// What comes depends on weight and adapter alone. Points into the bank: valid within one step.
/// </summary>
/// <param name="rows">Rank.</param>
/// <param name="inputScale">B [rows, in]; null: ones.</param>
/// <param name="outputScale">A [rows, out]; null: ones.</param>
/// <param name="down">D [rank, in]; null: no pair.</param>
/// <param name="up">U [out, rank].</param>
/// <param name="rank">Rank of the pair.</param>
internal readonly unsafe struct Int8Forming(int rows, AdapterNumbers inputScale, AdapterNumbers outputScale, float* down = null, float* up = null, int rank = 0)
{
    private const int Columns = Int8Tiles.Columns, GroupInputs = Int8Tiles.GroupInputs, Quarters = 4, Lanes = 16;

    /// <summary>Rows of an adapter for a module.</summary>
    public static Int8Forming Of(InstalledAdapter adapter, ModuleBank bank, int module, TorchCpuLibrary library)
    {
        ModuleScales scales = adapter.Scales[module];
        return new Int8Forming(
            adapter.RowCounts[module],
            scales.HasFlag(ModuleScales.Input) ? ModuleRows.Numbers(bank.InputScale, library).At((long)adapter.RowStart * bank.InFeatures) : default,
            scales.HasFlag(ModuleScales.Output) ? ModuleRows.Numbers(bank.OutputScale, library).At((long)adapter.RowStart * bank.OutFeatures) : default);
    }

    /// <summary>Numbers of float32 that <see cref="Form"/> needs for itself.</summary>
    /// <param name="groups">Groups of four inputs.</param>
    /// <param name="rows">Rank, with that of a pair.</param>
    public static long ScratchCount(int groups, int rows) => ((long)groups + rows) * Int8Tiles.GroupBytes;

    /// <summary>Forms one panel.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="panel">Which panel.</param>
    /// <param name="formed">[groups, 16, 4]: the result.</param>
    /// <param name="scales">[16]: its scales.</param>
    /// <param name="sums">[16]: sums of its bytes over the inputs.</param>
    /// <param name="scratch">Of <see cref="ScratchCount"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Form(Int8Weight weight, int panel, sbyte* formed, float* scales, int* sums, float* scratch)
    {
        float* sides = scratch, ups = sides + ((long)rows * Int8Tiles.GroupBytes), products = ups + ((long)rank * Int8Tiles.GroupBytes);
        SpreadOutputs(weight, panel, sides);
        SpreadUps(weight, panel, ups);
        var downs = new AdapterNumbers(down, NumberType.Single);
        Vector512<float> a = default, b = default, c = default, d = default;
        sbyte* plain = weight.PanelAt(panel);
        for (int g = 0; g < weight.Groups; g++, plain += Int8Tiles.GroupBytes)
        {
            Vector512<float> w = default, x = default, y = default, z = default;
            float* side = sides;
            for (int i = 0; i < rows; i++, side += Int8Tiles.GroupBytes)
            {
                Vector512<float> input = FourInputs(inputScale, i, g, weight.InFeatures);
                w = Vector512.MultiplyAddEstimate(input, Vector512.Load(side), w);
                x = Vector512.MultiplyAddEstimate(input, Vector512.Load(side + Lanes), x);
                y = Vector512.MultiplyAddEstimate(input, Vector512.Load(side + (2 * Lanes)), y);
                z = Vector512.MultiplyAddEstimate(input, Vector512.Load(side + (3 * Lanes)), z);
            }

            w *= Int8Rows.Widen(plain);
            x *= Int8Rows.Widen(plain + Lanes);
            y *= Int8Rows.Widen(plain + (2 * Lanes));
            z *= Int8Rows.Widen(plain + (3 * Lanes));
            side = ups;
            for (int i = 0; i < rank; i++, side += Int8Tiles.GroupBytes)
            {
                Vector512<float> input = FourInputs(downs, i, g, weight.InFeatures);
                w = Vector512.MultiplyAddEstimate(input, Vector512.Load(side), w);
                x = Vector512.MultiplyAddEstimate(input, Vector512.Load(side + Lanes), x);
                y = Vector512.MultiplyAddEstimate(input, Vector512.Load(side + (2 * Lanes)), y);
                z = Vector512.MultiplyAddEstimate(input, Vector512.Load(side + (3 * Lanes)), z);
            }

            float* to = products + ((long)g * Int8Tiles.GroupBytes);
            w.Store(to);
            x.Store(to + Lanes);
            y.Store(to + (2 * Lanes));
            z.Store(to + (3 * Lanes));
            a = Vector512.MaxNative(a, Vector512.Abs(w));
            b = Vector512.MaxNative(b, Vector512.Abs(x));
            c = Vector512.MaxNative(c, Vector512.Abs(y));
            d = Vector512.MaxNative(d, Vector512.Abs(z));
        }

        float* factors = stackalloc float[Int8Tiles.GroupBytes];
        Spread(a, factors, scales);
        Spread(b, factors + Lanes, scales + Quarters);
        Spread(c, factors + (2 * Lanes), scales + (2 * Quarters));
        Spread(d, factors + (3 * Lanes), scales + (3 * Quarters));
        Round(products, factors, weight.Groups, formed, sums);
    }

    /// <summary>[groups, 64] numbers to bytes, and their sums per column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* products, float* factors, int groups, sbyte* formed, int* sums)
    {
        Vector512<float> fa = Vector512.Load(factors), fb = Vector512.Load(factors + Lanes), fc = Vector512.Load(factors + (2 * Lanes)), fd = Vector512.Load(factors + (3 * Lanes));
        Vector512<int> sa = default, sb = default, sc = default, sd = default;
        for (int g = 0; g < groups; g++, products += Int8Tiles.GroupBytes, formed += Int8Tiles.GroupBytes)
        {
            Vector512<int> a = Rounded(products, fa), b = Rounded(products + Lanes, fb), c = Rounded(products + (2 * Lanes), fc), d = Rounded(products + (3 * Lanes), fd);
            sa += a;
            sb += b;
            sc += c;
            sd += d;
            Vector512.Narrow(Vector512.Narrow(a, b), Vector512.Narrow(c, d)).Store(formed);
        }

        SumFours(sa, sums);
        SumFours(sb, sums + Quarters);
        SumFours(sc, sums + (2 * Quarters));
        SumFours(sd, sums + (3 * Quarters));
    }

    private static void SumFours(Vector512<int> lanes, int* sums)
    {
        for (int c = 0; c < Quarters; c++)
            sums[c] = lanes[4 * c] + lanes[(4 * c) + 1] + lanes[(4 * c) + 2] + lanes[(4 * c) + 3];
    }

    /// <summary>The largest magnitudes of four columns, four lanes each, to what their numbers are multiplied with and to their scales.</summary>
    private static void Spread(Vector512<float> largest, float* factors, float* scales)
    {
        for (int c = 0; c < Quarters; c++)
        {
            float own = MathF.Max(MathF.Max(largest[4 * c], largest[(4 * c) + 1]), MathF.Max(largest[(4 * c) + 2], largest[(4 * c) + 3]));
            scales[c] = own / Int8Rows.Largest;
            new Span<float>(factors + (4 * c), 4).Fill(own > 0 && float.IsFinite(own) ? Int8Rows.Largest / own : 0);
        }
    }

    /// <summary>A times the weight's scale, each number four times: [rows, 16, 4].</summary>
    private void SpreadOutputs(Int8Weight weight, int panel, float* sides)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int c = 0; c < Columns; c++, sides += GroupInputs)
            {
                int output = (panel * Columns) + c;
                float side = output >= weight.OutFeatures ? 0 : weight.ScaleOf(output) * (outputScale.IsNull ? 1 : outputScale[((long)i * weight.OutFeatures) + output]);
                new Span<float>(sides, GroupInputs).Fill(side);
            }
        }
    }

    /// <summary>U, each number four times: [rank, 16, 4].</summary>
    private void SpreadUps(Int8Weight weight, int panel, float* sides)
    {
        for (int i = 0; i < rank; i++)
        {
            for (int c = 0; c < Columns; c++, sides += GroupInputs)
            {
                int output = (panel * Columns) + c;
                new Span<float>(sides, GroupInputs).Fill(output >= weight.OutFeatures ? 0 : up[((long)output * rank) + i]);
            }
        }
    }

    /// <summary>B, or D, of four inputs, in each quarter of the vector; ones where nothing is scaled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FourInputs(AdapterNumbers numbers, int row, int group, int inputs)
    {
        int first = group * GroupInputs;
        if (numbers.IsNull)
            return Vector512<float>.One;
        Vector128<float> four = first + GroupInputs <= inputs ? numbers.LoadFour(((long)row * inputs) + first) : LastInputs(numbers, row, first, inputs);
        Vector256<float> eight = Vector256.Create(four, four);
        return Vector512.Create(eight, eight);
    }

    private static Vector128<float> LastInputs(AdapterNumbers numbers, int row, int first, int inputs)
    {
        Vector128<float> four = default;
        for (int i = 0; first + i < inputs; i++)
            four = four.WithElement(i, numbers[((long)row * inputs) + first + i]);
        return four;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Rounded(float* from, Vector512<float> factors) => Vector512.ConvertToInt32Native(Vector512.Round(Vector512.Load(from) * factors));
}
