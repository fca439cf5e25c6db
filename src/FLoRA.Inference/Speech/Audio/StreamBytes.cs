using System.Buffers;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Reading of streams that may end anywhere.</summary>
internal static class StreamBytes
{
    /// <summary>Fills <paramref name="buffer"/> or reaches the end.</summary>
    /// <returns>Bytes read.</returns>
    public static int ReadUpTo(this Stream stream, Span<byte> buffer) => stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);

    /// <summary>Passes over bytes.</summary>
    /// <returns>False: the stream ended before.</returns>
    public static bool Skip(this Stream stream, long byteCount)
    {
        if (stream.CanSeek)
        {
            long left = stream.Length - stream.Position;
            stream.Position += Math.Min(byteCount, left);
            return byteCount <= left;
        }

        byte[] thrown = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (byteCount > 0)
            {
                int read = stream.Read(thrown, 0, (int)Math.Min(byteCount, thrown.Length));
                if (read == 0)
                    return false;
                byteCount -= read;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(thrown);
        }
    }
}
