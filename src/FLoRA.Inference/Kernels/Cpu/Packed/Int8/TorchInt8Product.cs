using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// libtorch's integer product (<c>_int_mm</c>, oneDNN's gemm), which reaches instructions that .NET 10 has no names for: 512-bit VNNI, AMX. Through its exported C interface, over our own
/// memory, each call on one thread: the threads are ours. Integers are exact, so that the choice between it and <see cref="Int8Tiles"/> cannot be seen in results.
/// </summary>
internal sealed unsafe class TorchInt8Product
{
    private const int TypeOfInt8 = 1, TypeOfInt32 = 3, Cpu = 0;

    [ThreadStatic]
    private static bool _hasOneThread;

    // (data, dimensions, sizes, strides, offset, type, device type, device index, result*) -> 0 where it went well
    private readonly delegate* unmanaged<void*, long, long*, long*, long, int, int, int, nint*, int> _fromMemory;
    private readonly delegate* unmanaged<nint, int> _delete;
    private readonly delegate* unmanaged<nint, nint, nint, int> _product;

    private TorchInt8Product(nint fromMemory, nint delete, nint product)
    {
        _fromMemory = (delegate* unmanaged<void*, long, long*, long*, long, int, int, int, nint*, int>)fromMemory;
        _delete = (delegate* unmanaged<nint, int>)delete;
        _product = (delegate* unmanaged<nint, nint, nint, int>)product;
    }

    /// <summary>Binds the functions where this libtorch exports them and the product is exact, the largest bytes included; else null.</summary>
    public static TorchInt8Product? TryBind(TorchCpuLibrary library) =>
        NativeLibrary.TryGetExport(library.Handle, "aoti_torch_create_tensor_from_blob", out nint fromMemory)
        && NativeLibrary.TryGetExport(library.Handle, "aoti_torch_delete_tensor_object", out nint delete)
        && NativeLibrary.TryGetExport(library.Handle, "aoti_torch_cpu__int_mm_out", out nint product)
        && new TorchInt8Product(fromMemory, delete, product) is { } bound
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
        if (!_hasOneThread)
        {
            set_num_threads(1); // OpenMP's number belongs to the calling thread
            _hasOneThread = true;
        }

        nint left = 0, right = 0, result = 0;
        try
        {
            left = View(x, rows, inputs, xStride, 1, TypeOfInt8);
            right = View(w, inputs, outputs, 1, wStride, TypeOfInt8);
            result = View(sums, rows, outputs, outputs, 1, TypeOfInt32);
            if (_product(result, left, right) != 0)
                throw new InvalidOperationException($"libtorch refuses an integer product of [{rows}, {inputs}] and [{inputs}, {outputs}].");
        }
        finally
        {
            foreach (nint handle in (ReadOnlySpan<nint>)[left, right, result])
            {
                if (handle != 0)
                    _ = _delete(handle);
            }
        }
    }

    private nint View(void* data, long rows, long columns, long rowStride, long columnStride, int type)
    {
        long* sizes = stackalloc long[2], strides = stackalloc long[2];
        (sizes[0], sizes[1], strides[0], strides[1]) = (rows, columns, rowStride, columnStride);
        nint handle = 0;
        return _fromMemory(data, 2, sizes, strides, 0, type, Cpu, 0, &handle) == 0 ? handle : throw new InvalidOperationException("libtorch gives no view of our memory.");
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
        int before = get_num_threads();
        bool had = _hasOneThread;
        try
        {
            Multiply(x, Inputs, Rows, w, Inputs, Outputs, Inputs, sums);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        finally
        {
            set_num_threads(before); // whoever binds may be any thread
            _hasOneThread = had;
        }

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
