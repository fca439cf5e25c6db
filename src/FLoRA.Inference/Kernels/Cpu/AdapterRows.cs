using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// The two sides of an adapted product in one pass each, straight from the bank: rows = B * x, and
/// y = activation(sum_i A_i * z_i + beta * b) + residual. Nothing is gathered. float32; rows are shared among libtorch's threads.
/// </summary>
internal sealed unsafe class AdapterRows(TorchCpuLibrary library)
{
    /// <summary>Elements that are worth waking a second thread.</summary>
    private const long ParallelElements = 64_000;

    /// <summary>[tokens, in] -> [rows, in]: each row is its token's vector, times its bank row of B for the scaled rows.</summary>
    /// <param name="x">[tokens, in].</param>
    /// <param name="map">Row map of the module.</param>
    /// <param name="inputScale">B [capacity, in], or null: all ones.</param>
    /// <param name="overwrite">The result may take the place of <paramref name="x"/>, where each token has one row.</param>
    public Tensor Expand(Tensor x, RowMap map, Tensor? inputScale, bool overwrite)
    {
        int width = (int)x.size(1);
        x = x.contiguous();
        Tensor rows = overwrite && map.RowCount == map.TokenCount ? x : empty([map.RowCount, width], dtype: ScalarType.Float32);
        ExpandJob job = new()
        {
            Input = library.Pointer<float>(x),
            Scale = inputScale is null ? null : library.Pointer<float>(inputScale),
            TokenOfRow = library.Pointer<long>(map.TokenOfRow),
            BankRowOfRow = library.Pointer<long>(map.BankRowOfRow),
            Output = library.Pointer<float>(rows),
            ScaledRows = map.ScaledRows,
            Width = width,
        };
        library.ParallelFor(map.RowCount, Math.Max(1, ParallelElements / width), &Expand, &job);
        return rows;
    }

    /// <summary>[rows, out] -> [tokens, out]; a token's rows are summed in order.</summary>
    /// <param name="z">[rows, out], contiguous; overwritten by the result where each token has one row.</param>
    /// <param name="map">Row map of the module.</param>
    /// <param name="bank">The module's rows of A and beta * b.</param>
    /// <param name="bias">b [out], or null.</param>
    /// <param name="activation">Non-linearity, or null.</param>
    /// <param name="residual">[tokens, out], contiguous, or null.</param>
    public Tensor Reduce(Tensor z, RowMap map, ModuleBank bank, Tensor? bias, ActivationKind? activation, Tensor? residual)
    {
        int width = (int)z.size(1);
        Tensor output = map.RowCount == map.TokenCount ? z : empty([map.TokenCount, width], dtype: ScalarType.Float32);
        bool scaledBias = map.Scales.HasFlag(ModuleScales.Bias) && bank.ScaledBias is not null;
        ReduceJob job = new()
        {
            Rows = library.Pointer<float>(z),
            Scale = map.Scales.HasFlag(ModuleScales.Output) ? library.Pointer<float>(bank.OutputScale!) : null,
            Bias = bias is null ? null : library.Pointer<float>(bias),
            ScaledBias = scaledBias ? library.Pointer<float>(bank.ScaledBias!) : null,
            Residual = residual is null ? null : library.Pointer<float>(residual),
            FirstRowOfToken = library.Pointer<long>(map.FirstRowOfToken),
            BankRowOfRow = library.Pointer<long>(map.BankRowOfRow),
            BankRowOfToken = library.Pointer<long>(map.BankRowOfToken),
            Output = library.Pointer<float>(output),
            ScaledTokens = map.ScaledTokens,
            Width = width,
            Activation = activation is { } kind ? (int)kind : -1,
        };
        library.ParallelFor(map.TokenCount, Math.Max(1, ParallelElements / width), &Reduce, &job);
        return output;
    }

    [UnmanagedCallersOnly]
    private static void Expand(long begin, long end, void* context)
    {
        ExpandJob* job = (ExpandJob*)context;
        for (long row = begin; row < end; row++)
        {
            float* from = job->Input + (job->TokenOfRow[row] * job->Width), to = job->Output + (row * job->Width);
            if (row < job->ScaledRows && job->Scale != null)
                Multiply(from, job->Scale + (job->BankRowOfRow[row] * job->Width), to, job->Width);
            else if (from != to)
                new ReadOnlySpan<float>(from, job->Width).CopyTo(new Span<float>(to, job->Width));
        }
    }

    [UnmanagedCallersOnly]
    private static void Reduce(long begin, long end, void* context)
    {
        ReduceJob* job = (ReduceJob*)context;
        for (long token = begin; token < end; token++)
        {
            float* output = job->Output + (token * job->Width);
            bool scaled = token < job->ScaledTokens;
            float* bias = scaled && job->ScaledBias != null ? job->ScaledBias + (job->BankRowOfToken[token] * job->Width) : job->Bias;
            Sum(job, token, scaled && job->Scale != null, bias, output);
            Finish(job->Activation, output, job->Residual == null ? null : job->Residual + (token * job->Width), job->Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* x, float* y, float* product, int width)
    {
        int i = 0;
        for (; i + 8 <= width; i += 8)
            (Vector256.Load(x + i) * Vector256.Load(y + i)).Store(product + i);
        for (; i < width; i++)
            product[i] = x[i] * y[i];
    }

    /// <summary>output = bias + sum over the token's rows of A_i * z_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(ReduceJob* job, long token, bool scaled, float* bias, float* output)
    {
        long firstRow = job->FirstRowOfToken[token], lastRow = job->FirstRowOfToken[token + 1];
        int i = 0;
        for (; i + 8 <= job->Width; i += 8)
        {
            Vector256<float> sum = bias == null ? default : Vector256.Load(bias + i);
            for (long row = firstRow; row < lastRow; row++)
            {
                Vector256<float> z = Vector256.Load(job->Rows + (row * job->Width) + i);
                sum = scaled ? Vector256.MultiplyAddEstimate(Vector256.Load(job->Scale + (job->BankRowOfRow[row] * job->Width) + i), z, sum) : sum + z;
            }

            sum.Store(output + i);
        }

        for (; i < job->Width; i++)
        {
            float sum = bias == null ? 0 : bias[i];
            for (long row = firstRow; row < lastRow; row++)
                sum += (scaled ? job->Scale[(job->BankRowOfRow[row] * job->Width) + i] : 1) * job->Rows[(row * job->Width) + i];
            output[i] = sum;
        }
    }

    /// <summary>output = activation(output) + residual; GELU by erf is left to libtorch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(int activation, float* output, float* residual, int width)
    {
        int i = 0;
        for (; i + 8 <= width && (activation >= 0 || residual != null); i += 8)
        {
            Vector256<float> x = Vector256.Load(output + i);
            if (activation == (int)ActivationKind.Relu)
                x = Vector256.Max(x, Vector256<float>.Zero);
            else if (activation >= 0)
                x /= Vector256<float>.One + Vector256.Exp(-(activation == (int)ActivationKind.Silu ? x : TwiceInner(x)));
            if (residual != null)
                x += Vector256.Load(residual + i);
            x.Store(output + i);
        }

        for (; i < width && (activation >= 0 || residual != null); i++)
        {
            float x = output[i];
            if (activation == (int)ActivationKind.Relu)
                x = MathF.Max(x, 0);
            else if (activation >= 0)
                x /= 1 + MathF.Exp(-(activation == (int)ActivationKind.Silu ? x : TwiceInner(Vector256.Create(x))[0]));
            output[i] = x + (residual == null ? 0 : residual[i]);
        }
    }

    /// <summary>GELU's tanh form is x * sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwiceInner(Vector256<float> x) =>
        x * Vector256.MultiplyAddEstimate(x * x, Vector256.Create(0.0713548163f), Vector256.Create(1.5957691216f));

    private struct ExpandJob
    {
        public float* Input, Scale, Output;
        public long* TokenOfRow, BankRowOfRow;
        public int ScaledRows, Width;
    }

    private struct ReduceJob
    {
        public float* Rows, Scale, Bias, ScaledBias, Residual, Output;
        public long* FirstRowOfToken, BankRowOfRow, BankRowOfToken;
        public int ScaledTokens, Width, Activation;
    }
}
