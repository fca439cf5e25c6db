namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What the encoder's kernels compute in: keys, values and queries of all recordings of a unit, and a room per thread. Kept from unit to unit.</summary>
internal sealed unsafe class EncoderScratch : IDisposable
{
    private readonly NativeBuffer[] _rooms;
    private NativeBuffer? _shared;

    /// <param name="threads">Threads.</param>
    /// <param name="roomCount">Numbers in a thread's room.</param>
    public EncoderScratch(int threads, long roomCount)
    {
        _rooms = [.. Enumerable.Range(0, threads).Select(_ => new NativeBuffer(roomCount))];
        Rooms = [.. _rooms.Select(r => (nint)r.Start)];
    }

    /// <summary>A room per thread.</summary>
    public nint[] Rooms { get; }

    /// <summary>At least <paramref name="count"/> numbers for all threads.</summary>
    public float* Shared(long count) => NativeBuffer.Grow(ref _shared, count);

    public void Dispose()
    {
        _shared?.Dispose();
        foreach (NativeBuffer room in _rooms)
            room.Dispose();
    }
}
