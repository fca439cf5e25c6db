using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>
/// The two sides of an adapted product in one pass each, straight from the bank: rows = B * x, and
/// y = activation(sum_i A_i * z_i + beta * b) + residual. Nothing is gathered. Computed in float32; rows are shared among libtorch's threads.
/// </summary>
internal sealed unsafe class AdapterRows
{
    /// <summary>Elements that are worth waking a second thread.</summary>
    private const long ParallelElements = 64_000;

    private readonly TorchCpuLibrary _library;
    private readonly ScalarType _type;
    private readonly delegate* unmanaged<long, long, void*, void> _expand, _reduce;

    /// <param name="library">Gives data pointers and threads.</param>
    /// <param name="type">The engine's type; see <see cref="Suits"/>.</param>
    /// <exception cref="ArgumentException">Another type.</exception>
    public AdapterRows(TorchCpuLibrary library, ScalarType type)
    {
        if (!Suits(type))
            throw new ArgumentException($"expected float32 or bfloat16, got {type}", nameof(type));
        (_library, _type) = (library, type);
        bool isNarrow = type == ScalarType.BFloat16;
        _expand = isNarrow ? &ExpandBFloat16 : &ExpandSingle;
        _reduce = isNarrow ? &ReduceBFloat16 : &ReduceSingle;
    }

    /// <summary>Whether there is a kernel for a type: .NET 10 has no conversion of float16 vectors.</summary>
    public static bool Suits(ScalarType type) => type is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>[tokens, in] -> [rows, in]: each row is its token's vector, times its bank row of B for the scaled rows.</summary>
    /// <param name="x">[tokens, in].</param>
    /// <param name="map">Row map of the module.</param>
    /// <param name="inputScale">B [capacity, in], or null: all ones.</param>
    /// <param name="overwrite">The result may take the place of <paramref name="x"/>, where each token has one row.</param>
    public Tensor Expand(Tensor x, RowMap map, Tensor? inputScale, bool overwrite)
    {
        int width = (int)x.size(1);
        x = x.contiguous();
        Tensor rows = overwrite && map.RowCount == map.TokenCount ? x : empty([map.RowCount, width], dtype: _type);
        ExpandJob job = new()
        {
            Input = _library.Pointer<byte>(x),
            Scale = inputScale is null ? null : _library.Pointer<byte>(inputScale),
            TokenOfRow = _library.Pointer<long>(map.TokenOfRow),
            BankRowOfRow = _library.Pointer<long>(map.BankRowOfRow),
            Output = _library.Pointer<byte>(rows),
            ScaledRows = map.ScaledRows,
            Width = width,
        };
        _library.ParallelFor(map.RowCount, Math.Max(1, ParallelElements / width), _expand, &job);
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
        Tensor output = map.RowCount == map.TokenCount ? z : empty([map.TokenCount, width], dtype: _type);
        bool scaledBias = map.Scales.HasFlag(ModuleScales.Bias) && bank.ScaledBias is not null;
        ReduceJob job = new()
        {
            Rows = _library.Pointer<byte>(z),
            Scale = map.Scales.HasFlag(ModuleScales.Output) ? _library.Pointer<byte>(bank.OutputScale!) : null,
            Bias = bias is null ? null : _library.Pointer<byte>(bias),
            ScaledBias = scaledBias ? _library.Pointer<byte>(bank.ScaledBias!) : null,
            Residual = residual is null ? null : _library.Pointer<byte>(residual),
            FirstRowOfToken = _library.Pointer<long>(map.FirstRowOfToken),
            BankRowOfRow = _library.Pointer<long>(map.BankRowOfRow),
            BankRowOfToken = _library.Pointer<long>(map.BankRowOfToken),
            Output = _library.Pointer<byte>(output),
            ScaledTokens = map.ScaledTokens,
            Width = width,
            Activation = activation is { } kind ? (int)kind : -1,
        };
        _library.ParallelFor(map.TokenCount, Math.Max(1, ParallelElements / width), _reduce, &job);
        return output;
    }

    [UnmanagedCallersOnly]
    private static void ExpandSingle(long begin, long end, void* context) => Expand<SingleForm>(begin, end, (ExpandJob*)context);

    [UnmanagedCallersOnly]
    private static void ExpandBFloat16(long begin, long end, void* context) => Expand<BFloat16Form>(begin, end, (ExpandJob*)context);

    [UnmanagedCallersOnly]
    private static void ReduceSingle(long begin, long end, void* context) => Reduce<SingleForm>(begin, end, (ReduceJob*)context);

    [UnmanagedCallersOnly]
    private static void ReduceBFloat16(long begin, long end, void* context) => Reduce<BFloat16Form>(begin, end, (ReduceJob*)context);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Expand<TForm>(long begin, long end, ExpandJob* job)
        where TForm : struct, INumberForm
    {
        for (long row = begin; row < end; row++)
        {
            long from = job->TokenOfRow[row] * job->Width, to = row * job->Width, i = 0;
            bool isScaled = row < job->ScaledRows && job->Scale != null;
            if (!isScaled && job->Input == job->Output)
                continue; // a token's only row, where it stands already
            long scale = isScaled ? job->BankRowOfRow[row] * job->Width : 0;
            for (; i + 8 <= job->Width; i += 8)
            {
                Vector256<float> x = TForm.Load(job->Input, from + i);
                TForm.Store(isScaled ? x * TForm.Load(job->Scale, scale + i) : x, job->Output, to + i);
            }

            for (; i < job->Width; i++)
                TForm.Write(TForm.Read(job->Input, from + i) * (isScaled ? TForm.Read(job->Scale, scale + i) : 1), job->Output, to + i);
        }
    }

    /// <summary>y = activation(bias + sum over the token's rows of A_i * z_i) + residual; GELU by erf is left to libtorch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Reduce<TForm>(long begin, long end, ReduceJob* job)
        where TForm : struct, INumberForm
    {
        long width = job->Width;
        for (long token = begin; token < end; token++)
        {
            bool isScaled = token < job->ScaledTokens && job->Scale != null, hasOwnBias = token < job->ScaledTokens && job->ScaledBias != null;
            void* bias = hasOwnBias ? job->ScaledBias : job->Bias;
            long own = hasOwnBias ? job->BankRowOfToken[token] * width : 0, firstRow = job->FirstRowOfToken[token], lastRow = job->FirstRowOfToken[token + 1], i = 0;
            for (; i + 8 <= width; i += 8)
            {
                Vector256<float> sum = bias == null ? default : TForm.Load(bias, own + i);
                for (long row = firstRow; row < lastRow; row++)
                {
                    Vector256<float> z = TForm.Load(job->Rows, (row * width) + i);
                    sum = isScaled ? Vector256.MultiplyAddEstimate(TForm.Load(job->Scale, (job->BankRowOfRow[row] * width) + i), z, sum) : sum + z;
                }

                if (job->Activation >= 0)
                    sum = Activate(job->Activation, sum);
                if (job->Residual != null)
                    sum += TForm.Load(job->Residual, (token * width) + i);
                TForm.Store(sum, job->Output, (token * width) + i);
            }

            for (; i < width; i++)
            {
                float sum = bias == null ? 0 : TForm.Read(bias, own + i);
                for (long row = firstRow; row < lastRow; row++)
                    sum += (isScaled ? TForm.Read(job->Scale, (job->BankRowOfRow[row] * width) + i) : 1) * TForm.Read(job->Rows, (row * width) + i);
                if (job->Activation >= 0)
                    sum = Activate(job->Activation, Vector256.Create(sum))[0];
                TForm.Write(sum + (job->Residual == null ? 0 : TForm.Read(job->Residual, (token * width) + i)), job->Output, (token * width) + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Activate(int kind, Vector256<float> x) => kind == (int)ActivationKind.Relu
        ? Vector256.Max(x, Vector256<float>.Zero)
        : x / (Vector256<float>.One + Vector256.Exp(-(kind == (int)ActivationKind.Silu ? x : TwiceInner(x))));

    /// <summary>GELU's tanh form is x * sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwiceInner(Vector256<float> x) =>
        x * Vector256.MultiplyAddEstimate(x * x, Vector256.Create(0.0713548163f), Vector256.Create(1.5957691216f));

    private struct ExpandJob
    {
        public void* Input, Scale, Output;
        public long* TokenOfRow, BankRowOfRow;
        public int ScaledRows, Width;
    }

    private struct ReduceJob
    {
        public void* Rows, Scale, Bias, ScaledBias, Residual, Output;
        public long* FirstRowOfToken, BankRowOfRow, BankRowOfToken;
        public int ScaledTokens, Width, Activation;
    }
}
