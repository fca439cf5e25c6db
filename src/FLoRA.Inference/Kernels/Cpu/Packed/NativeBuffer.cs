using System.Runtime.InteropServices;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>float32 numbers outside the managed heap, aligned to a cache line, zero at first.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;
    private static long _live;

    /// <param name="count">Numbers.</param>
    public NativeBuffer(long count)
    {
        Count = count;
        Start = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, count) * sizeof(float), Alignment);
        NativeMemory.Clear(Start, (nuint)count * sizeof(float));
        Interlocked.Increment(ref _live);
    }

    /// <summary>Buffers of the process that are not disposed, for the leak tests.</summary>
    public static long LiveCount => Interlocked.Read(ref _live);

    /// <summary>The first number.</summary>
    public float* Start { get; private set; }

    /// <summary>Numbers.</summary>
    public long Count { get; }

    /// <summary>A buffer of at least <paramref name="count"/> numbers: <paramref name="buffer"/> or a new one in its place.</summary>
    public static float* Grow(ref NativeBuffer? buffer, long count)
    {
        if (buffer is null || buffer.Count < count)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(count);
        }

        return buffer.Start;
    }

    public void Dispose()
    {
        if (Start == null)
            return;
        Interlocked.Decrement(ref _live);
        NativeMemory.AlignedFree(Start);
        Start = null;
    }
}
