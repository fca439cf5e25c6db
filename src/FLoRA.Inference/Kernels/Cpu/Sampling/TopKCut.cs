using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>Finds the k-th largest logit of a row.</summary>
internal static class TopKCut
{
    /// <summary>Above this a sorted copy costs no more than keeping the k largest.</summary>
    private const int LargestHeap = 2048;

    /// <summary>The cut that leaves the <paramref name="k"/> largest, 1 to one less than the row has.</summary>
    public static RowCut Find(ReadOnlySpan<double> logits, int k)
    {
        bool heap = k <= LargestHeap;
        double[] rented = ArrayPool<double>.Shared.Rent(heap ? k : logits.Length);
        double smallest = heap ? ByHeap(logits, rented.AsSpan(0, k)) : BySort(logits, rented.AsSpan(0, logits.Length), k);
        ArrayPool<double>.Shared.Return(rented);
        (int larger, int equal) = RowMath.Compare(logits, smallest);
        return new RowCut(smallest, k - larger, equal - (k - larger));
    }

    private static double BySort(ReadOnlySpan<double> logits, Span<double> sorted, int k)
    {
        logits.CopyTo(sorted);
        sorted.Sort();
        return sorted[^k];
    }

    /// <summary>A heap of the k largest so far, the smallest of them on top; vectors that hold nothing larger are passed over.</summary>
    private static double ByHeap(ReadOnlySpan<double> logits, Span<double> heap)
    {
        logits[..heap.Length].CopyTo(heap);
        for (int parent = (heap.Length / 2) - 1; parent >= 0; parent--)
            SiftDown(heap, parent);
        int i = heap.Length;
        ReadOnlySpan<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(logits[i..]);
        foreach (Vector256<double> vector in vectors)
        {
            if (Vector256.GreaterThanAny(vector, Vector256.Create(heap[0])))
            {
                for (int lane = 0; lane < Vector256<double>.Count; lane++)
                    Offer(heap, vector[lane]);
            }
        }

        foreach (double logit in logits[(i + (vectors.Length * Vector256<double>.Count))..])
            Offer(heap, logit);
        return heap[0];
    }

    private static void Offer(Span<double> heap, double value)
    {
        if (!(value > heap[0]))
            return;
        heap[0] = value;
        SiftDown(heap, 0);
    }

    private static void SiftDown(Span<double> heap, int parent)
    {
        double value = heap[parent];
        for (int child = (2 * parent) + 1; child < heap.Length; child = (2 * parent) + 1)
        {
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
                child++;
            if (!(heap[child] < value))
                break;
            heap[parent] = heap[child];
            parent = child;
        }

        heap[parent] = value;
    }
}
