using System.Diagnostics;
using System.Threading.Channels;

namespace FLoRA.Inference;

/// <summary>A token that was chosen.</summary>
/// <param name="Id">Vocabulary id.</param>
/// <param name="Logprob">Log-probability under the raw logits; null unless asked for.</param>
public readonly record struct GeneratedToken(int Id, float? Logprob);

/// <summary>When a request got where. Null: it has not yet.</summary>
/// <param name="Queue">From submission to admission.</param>
/// <param name="FirstToken">From submission to the first token.</param>
/// <param name="Total">From submission to the end.</param>
public readonly record struct StreamTiming(TimeSpan? Queue, TimeSpan? FirstToken, TimeSpan? Total);

/// <summary>
/// The tokens of one request as they are produced. Ends in exactly one of: a finish reason, an exception, cancellation
/// (<see cref="OperationCanceledException"/>). One reader; written by the engine thread only.
/// </summary>
public sealed class TokenStream : IAsyncEnumerable<GeneratedToken>, IAsyncDisposable
{
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = false });

    private readonly long _submitted = Stopwatch.GetTimestamp();
    private readonly Action<TokenStream>? _cancel;
    private long _admitted, _first, _ended;
    private int _reading, _end;

    internal TokenStream(long requestId, int promptTokens, Action<TokenStream>? cancel)
    {
        RequestId = requestId;
        PromptTokens = promptTokens;
        _cancel = cancel;
    }

    /// <summary>Number that the engine gave the request, ascending.</summary>
    public long RequestId { get; }

    /// <summary>Length of the prompt in tokens.</summary>
    public int PromptTokens { get; }

    /// <summary>Why the stream ended; null while it runs and after an exception or cancellation.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Times so far.</summary>
    public StreamTiming Timing => new(Since(_admitted), Since(_first), Since(_ended));

    /// <summary>Asks the engine to drop the request; frees its cache within one step. Harmless after the end.</summary>
    public void Cancel() => _cancel?.Invoke(this);

    /// <summary>The tokens, each as soon as it is chosen. May be enumerated once. Leaving early cancels the request.</summary>
    /// <exception cref="OperationCanceledException">The request or the enumeration was cancelled.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
            throw new InvalidOperationException("A token stream is read once; it has already been enumerated.");
        using CancellationTokenRegistration registration = cancellationToken.Register(Cancel);
        try
        {
            while (await _tokens.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (_tokens.Reader.TryRead(out GeneratedToken token))
                    yield return token;
            }
        }
        finally
        {
            Cancel();
        }
    }

    /// <summary>Same as <see cref="Cancel"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Cancel();
        return ValueTask.CompletedTask;
    }

    internal void MarkAdmitted() => Mark(ref _admitted);

    internal void Write(GeneratedToken token)
    {
        Mark(ref _first);
        _tokens.Writer.TryWrite(token);
    }

    /// <summary>The three ends; the first call wins and tells so.</summary>
    internal bool Finish(FinishReason reason) => End(() => FinishReason = reason, null);

    internal bool Fail(Exception exception) => End(null, exception);

    internal bool FinishCancelled() => End(null, new OperationCanceledException("The request was cancelled."));

    private bool End(Action? beforeCompletion, Exception? exception)
    {
        if (Interlocked.Exchange(ref _end, 1) != 0)
            return false;
        Mark(ref _ended);
        beforeCompletion?.Invoke();
        _tokens.Writer.TryComplete(exception);
        return true;
    }

    private static void Mark(ref long stamp)
    {
        if (stamp == 0)
            stamp = Stopwatch.GetTimestamp();
    }

    private TimeSpan? Since(long stamp) => stamp == 0 ? null : Stopwatch.GetElapsedTime(_submitted, stamp);
}
