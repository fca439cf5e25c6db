namespace FLoRA.Inference.Tests.Speech;

/// <summary>Gives one byte at a time, as a slow connection may; cannot seek.</summary>
internal sealed class DribblingStream(byte[] bytes) : Stream
{
    private int _at;

    public bool RefusesSynchronousReads { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) =>
        RefusesSynchronousReads ? throw new InvalidOperationException("Synchronous operations are disallowed.") : Give(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Give(buffer.Span));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Give(Span<byte> buffer)
    {
        if (_at == bytes.Length || buffer.IsEmpty)
            return 0;
        buffer[0] = bytes[_at++];
        return 1;
    }
}
