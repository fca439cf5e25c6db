using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// libtorch's integer product (<c>_int_mm</c>, oneDNN's gemm), which reaches instructions that .NET 10 has no names for: 512-bit VNNI, AMX. Through its exported C interface, over our own
/// memory, each call on one thread: the threads are ours. Integers are exact, so that the choice between it and <see cref="Int8Tiles"/> cannot be seen in results.
/// </summary>
internal sealed unsafe class TorchInt8Product
{
    private readonly TorchViews _views;
    private readonly delegate* unmanaged<nint, nint, nint, int> _product;

    private TorchInt8Product(TorchViews views, nint product)
    {
        _views = views;
        _product = (delegate* unmanaged<nint, nint, nint, int>)product;
    }

    /// <summary>Binds the functions where this libtorch exports them and the product is exact, the largest bytes included; else null.</summary>
    public static TorchInt8Product? TryBind(TorchCpuLibrary library) =>
        TorchViews.TryBind(library) is { } views
        && NativeLibrary.TryGetExport(library.Handle, "aoti_torch_cpu__int_mm_out", out nint product)
        && new TorchInt8Product(views, product) is { } bound
        && bound.IsExact()
            ? bound
            : null;

    /// <summary>sums[row, output] = sum_k x[row, k] w[output, k].</summary>
    /// <param name="x">[rows, inputs], signed.</param>
    /// <param name="xStride">Bytes from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="w">[outputs, inputs].</param>
    /// <param name="wStride">Bytes from output to output.</param>
    /// <param name="outputs">Outputs.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="sums">[rows, outputs], one behind the other.</param>
    /// <exception cref="InvalidOperationException">libtorch refuses.</exception>
    public void Multiply(sbyte* x, long xStride, int rows, sbyte* w, long wStride, int outputs, int inputs, int* sums)
    {
        TorchViews.ComputeAlone();
        nint left = 0, right = 0, result = 0;
        try
        {
            left = _views.Of(x, [rows, inputs], [xStride, 1], ScalarType.Int8);
            right = _views.Of(w, [inputs, outputs], [1, wStride], ScalarType.Int8);
            result = _views.Of(sums, [rows, outputs], [outputs, 1], ScalarType.Int32);
            if (_product(result, left, right) != 0)
                throw new InvalidOperationException($"libtorch refuses an integer product of [{rows}, {inputs}] and [{inputs}, {outputs}].");
        }
        finally
        {
            _views.Delete(left, right, result);
        }
    }

    private bool IsExact()
    {
        const int Rows = 33, Inputs = 136, Outputs = 32;
        sbyte* x = stackalloc sbyte[Rows * Inputs], w = stackalloc sbyte[Outputs * Inputs];
        int* sums = stackalloc int[Rows * Outputs];
        for (int i = 0; i < Rows * Inputs; i++)
            x[i] = (sbyte)(i / Inputs == 0 ? 127 : i / Inputs == 1 ? -127 : (i * 37 % 255) - 127);
        for (int i = 0; i < Outputs * Inputs; i++)
            w[i] = (sbyte)(i / Inputs == 0 ? 127 : i / Inputs == 1 ? -127 : (i * 53 % 255) - 127);
        bool isRefused = false;
        TorchViews.KeepThreads(() => // whoever binds may be any thread
        {
            try
            {
                Multiply(x, Inputs, Rows, w, Inputs, Outputs, Inputs, sums);
            }
            catch (InvalidOperationException)
            {
                isRefused = true;
            }
        });
        if (isRefused)
            return false;
        for (int r = 0; r < Rows; r++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                int expected = 0;
                for (int i = 0; i < Inputs; i++)
                    expected += x[(r * Inputs) + i] * w[(o * Inputs) + i];
                if (sums[(r * Outputs) + o] != expected)
                    return false;
            }
        }

        return true;
    }
}
