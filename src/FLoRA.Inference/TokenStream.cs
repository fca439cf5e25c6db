using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FLoRA.Inference.Execution;

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
    private const int Running = 0, Claimed = 1;

    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = false });

    private readonly long _submitted = Stopwatch.GetTimestamp();
    private readonly Action<TokenStream>? _cancel;
    private readonly TokenDelivery? _delivery;
    private long _admitted, _first, _ended;
    private int _reading, _end, _cancelling, _cached;
    private float[]? _probed;

    // FinishReason + 1, 0: none. One word, because a nullable enum is two that a reader could see half written.
    private int _finish;

    /// <param name="requestId">Number of the request.</param>
    /// <param name="promptTokens">Length of its prompt.</param>
    /// <param name="cancel">What cancelling does; null: nothing.</param>
    /// <param name="delivery">Carries tokens and end to the reader; null: the writer does.</param>
    internal TokenStream(long requestId, int promptTokens, Action<TokenStream>? cancel, TokenDelivery? delivery = null)
    {
        _delivery = delivery;
        RequestId = requestId;
        PromptTokens = promptTokens;
        _cancel = cancel;
    }

    /// <summary>Number that the engine gave the request, ascending.</summary>
    public long RequestId { get; }

    /// <summary>Length of the prompt in tokens.</summary>
    public int PromptTokens { get; }

    /// <summary>Of these, tokens that were not computed for this request: an earlier one with an equal beginning had left them in the cache. Settled before the first token.</summary>
    public int CachedPromptTokens
    {
        get => Volatile.Read(ref _cached);
        internal set => Volatile.Write(ref _cached, value);
    }

    /// <summary>
    /// Why the engine ended the stream; null while it runs and after an exception or cancellation. Set before the reader
    /// sees the end, so tokens may still wait to be read.
    /// </summary>
    public FinishReason? FinishReason => Volatile.Read(ref _finish) is var finish and not 0 ? (FinishReason)(finish - 1) : null;

    /// <summary>The probabilities that the request's probe asked for; there before the first token, null without a probe.</summary>
    internal float[]? ProbedProbabilities
    {
        get => Volatile.Read(ref _probed);
        set => Volatile.Write(ref _probed, value);
    }

    /// <summary>Of a search: log-probabilities of all its tokens and the end token; null: no search.</summary>
    internal double? BeamSumLogprob { get; set; } // as EndLogprob

    /// <summary>Log-probability of the end token that ended the stream, where log-probabilities were asked for.</summary>
    internal float? EndLogprob { get; set; } // written before the end, read after it

    /// <summary>Times so far.</summary>
    public StreamTiming Timing => new(Since(ref _admitted), Since(ref _first), Since(ref _ended));

    /// <summary>Since submission, now.</summary>
    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_submitted);

    /// <summary>Asks the engine to drop the request; frees its cache within one step. The engine is asked once, by whoever comes first; harmless after the end.</summary>
    public void Cancel()
    {
        if (Volatile.Read(ref _end) == Running && Interlocked.Exchange(ref _cancelling, Claimed) == Running)
            _cancel?.Invoke(this);
    }

    /// <summary>The tokens, each as soon as it is chosen. May be enumerated once. Leaving early cancels the request.</summary>
    /// <exception cref="OperationCanceledException">The request or the enumeration was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It has been enumerated before.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (IReadOnlyList<GeneratedToken> waiting in ReadWaitingAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (GeneratedToken token in waiting)
                yield return token;
        }
    }

    /// <summary>Same as <see cref="Cancel"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Cancel();
        return ValueTask.CompletedTask;
    }

    /// <summary>The same tokens as lists of all that wait, each with at least one. The list is the caller's to keep.</summary>
    internal async IAsyncEnumerable<IReadOnlyList<GeneratedToken>> ReadWaitingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, Claimed) != 0)
            throw new InvalidOperationException("A token stream is read once; it has already been enumerated.");
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static stream => ((TokenStream)stream!).Cancel(), this);
        try
        {
            while (await WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!_tokens.Reader.TryRead(out GeneratedToken token))
                    continue;
                List<GeneratedToken> waiting = [token];
                while (_tokens.Reader.TryRead(out token))
                    waiting.Add(token);
                yield return waiting;
            }
        }
        finally
        {
            Cancel();
        }
    }

    internal void MarkAdmitted() => Mark(ref _admitted);

    internal void Write(GeneratedToken token)
    {
        Mark(ref _first);
        if (_delivery is null)
            Deliver(token);
        else
            _delivery.Post(this, token);
    }

    /// <summary>The last part of <see cref="Write"/>: the reader gets it.</summary>
    internal void Deliver(GeneratedToken token) => _tokens.Writer.TryWrite(token);

    /// <summary>The reader learns of the end.</summary>
    internal void DeliverEnd(Exception? exception) => _tokens.Writer.TryComplete(exception);

    /// <summary>The three ends; the first call wins and tells so.</summary>
    internal bool Finish(FinishReason reason) => End((int)reason + 1, null);

    internal bool Fail(Exception exception) => End(0, exception);

    internal bool FinishCancelled() => End(0, new OperationCanceledException("The request was cancelled."));

    private bool End(int finish, Exception? exception)
    {
        if (Interlocked.Exchange(ref _end, Claimed) != Running)
            return false;
        Mark(ref _ended);
        Volatile.Write(ref _finish, finish);
        if (_delivery is null)
            DeliverEnd(exception);
        else
            _delivery.PostEnd(this, exception);
        return true;
    }

    // The reader's own token cancels the request as well, so either may report first: the reader always sees its token.
    private async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _tokens.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested && e.CancellationToken != cancellationToken)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private static void Mark(ref long stamp)
    {
        if (Volatile.Read(ref stamp) == 0)
            Volatile.Write(ref stamp, Stopwatch.GetTimestamp());
    }

    private TimeSpan? Since(ref long stamp) => Volatile.Read(ref stamp) is var at and not 0 ? Stopwatch.GetElapsedTime(_submitted, at) : null;
}
