using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.SemanticKernel;

/// <summary>A transcription that begins when it is read and ends when it is disposed. One reader.</summary>
/// <param name="start">Makes its features, which takes a while: it runs on a thread of the pool.</param>
internal sealed class SpeechStream(Func<TranscriptStream> start) : IAsyncEnumerable<TranscriptSegment>, IAsyncDisposable
{
    private readonly CancellationTokenSource _disposed = new();
    private TranscriptStream? _transcript;
    private int _ended;

    /// <summary>What the transcription tells beside its segments; there after the first step of the reader.</summary>
    internal TranscriptStream Transcript => _transcript ?? throw new InvalidOperationException("The transcription has not begun.");

    public async IAsyncEnumerator<TranscriptSegment> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        _transcript = await Task.Run(start, ended.Token).ConfigureAwait(false);
        await foreach (TranscriptSegment segment in _transcript.WithCancellation(ended.Token).ConfigureAwait(false))
            yield return segment;
    }

    public async ValueTask DisposeAsync()
    {
        // Once by what opens it, once by what reads it.
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        await _disposed.CancelAsync().ConfigureAwait(false);
        _disposed.Dispose();
    }
}
