using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu;

/// <summary>libtorch's batched product (<c>torch.bmm</c>) in float32 over our own memory, each call on one thread.</summary>
internal sealed unsafe class TorchBatchProduct
{
    private readonly TorchViews _views;
    private readonly delegate* unmanaged<nint, nint, nint, int> _product;

    private TorchBatchProduct(TorchViews views, nint product)
    {
        _views = views;
        _product = (delegate* unmanaged<nint, nint, nint, int>)product;
    }

    /// <summary>Binds the functions, or null where this libtorch lacks one.</summary>
    public static TorchBatchProduct? TryBind(TorchCpuLibrary library) =>
        TorchViews.TryBind(library) is { } views && NativeLibrary.TryGetExport(library.Handle, "aoti_torch_cpu_bmm_out", out nint product) ? new TorchBatchProduct(views, product) : null;

    /// <summary>result[b] = left[b] right[b].</summary>
    /// <param name="left">[batch, rows, inner].</param>
    /// <param name="leftStride">Numbers from row to row, and from matrix to matrix of <paramref name="rows"/> rows.</param>
    /// <param name="right">[batch, inner, columns].</param>
    /// <param name="isTransposed">It lies as [batch, columns, inner].</param>
    /// <param name="result">[batch, rows, columns], one behind the other.</param>
    /// <param name="batch">Matrices.</param>
    /// <param name="rows">Rows of each.</param>
    /// <param name="inner">Length of the sums.</param>
    /// <param name="columns">Columns.</param>
    /// <exception cref="InvalidOperationException">libtorch refuses.</exception>
    public void Multiply(float* left, long leftStride, float* right, bool isTransposed, float* result, int batch, int rows, int inner, int columns)
    {
        TorchViews.ComputeAlone();
        nint x = 0, w = 0, y = 0;
        try
        {
            x = _views.Of(left, [batch, rows, inner], [rows * leftStride, leftStride, 1], ScalarType.Float32);
            w = _views.Of(right, [batch, inner, columns], isTransposed ? [(long)inner * columns, 1, inner] : [(long)inner * columns, columns, 1], ScalarType.Float32);
            y = _views.Of(result, [batch, rows, columns], [(long)rows * columns, columns, 1], ScalarType.Float32);
            if (_product(y, x, w) != 0)
                throw new InvalidOperationException($"libtorch refuses a batched product of [{batch}, {rows}, {inner}] and [{batch}, {inner}, {columns}].");
        }
        finally
        {
            _views.Delete(x, w, y);
        }
    }
}
