using System.Threading.Channels;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A stream of numbers under the test's hand; ends by cancellation of the reader's token or when it is disposed.</summary>
internal sealed class FakeStream : IAsyncEnumerable<int>, IAsyncDisposable
{
    private readonly Channel<int> _items = Channel.CreateUnbounded<int>();

    internal bool IsDisposed { get; private set; }

    /// <summary>The token that the reader gave.</summary>
    internal CancellationToken ReaderToken { get; private set; }

    internal FakeStream Give(int item)
    {
        _items.Writer.TryWrite(item);
        return this;
    }

    internal FakeStream End(Exception? exception = null)
    {
        _items.Writer.TryComplete(exception);
        return this;
    }

    public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        ReaderToken = cancellationToken;
        return _items.Reader.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _items.Writer.TryComplete(new OperationCanceledException("disposed"));
        return ValueTask.CompletedTask;
    }
}
