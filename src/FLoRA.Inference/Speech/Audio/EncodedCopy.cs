using System.Buffers;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Copies of recordings as they came, block by block, so that a limit holds before memory or disk is full.</summary>
internal static class EncodedCopy
{
    private const int BlockBytes = 64 << 10;

    /// <summary>Copies to the end of <paramref name="from"/>.</summary>
    /// <exception cref="AudioFormatException">It is longer than <paramref name="limitBytes"/>.</exception>
    public static void Copy(Stream from, Stream to, long limitBytes, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            for (long copied = 0; from.Read(block) is > 0 and var count;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                copied = Checked(copied + count, limitBytes);
                to.Write(block.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>As <see cref="Copy"/>, without blocking the caller's thread.</summary>
    /// <exception cref="AudioFormatException">It is longer than <paramref name="limitBytes"/>.</exception>
    public static async Task CopyAsync(Stream from, Stream to, long limitBytes, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            for (long copied = 0; await from.ReadAsync(block, cancellationToken) is > 0 and var count;)
            {
                copied = Checked(copied + count, limitBytes);
                await to.WriteAsync(block.AsMemory(0, count), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static long Checked(long copied, long limitBytes) => copied <= limitBytes
        ? copied
        : throw new AudioFormatException($"the recording has more than {limitBytes} bytes, the limit set by {nameof(AudioReaderOptions)}.{nameof(AudioReaderOptions.MaxEncodedBytes)}");
}
