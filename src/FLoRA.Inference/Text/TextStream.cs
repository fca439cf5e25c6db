using System.Text;

namespace FLoRA.Inference.Text;

/// <summary>
/// The text of one request as it is produced. Ends in exactly one of: a finish reason, an exception, cancellation
/// (<see cref="OperationCanceledException"/>). Read once, by one reader; leaving early cancels the request. The properties
/// that change are for that reader.
/// </summary>
public sealed class TextStream : IAsyncEnumerable<TextUpdate>, IAsyncDisposable
{
    private readonly TokenStream _stream;
    private readonly TokenDecoder? _decoder;
    private readonly StopMatcher _stop;
    private readonly List<GeneratedToken> _listed = [];
    private TimeSpan? _stopped;
    private int _reading;

    /// <param name="stream">Tokens of the engine, unread.</param>
    /// <param name="adapter">Name asked for; null: base.</param>
    /// <param name="decoder">Null: there is no tokenizer, so no text.</param>
    /// <param name="stop">Stop strings; empty without a decoder.</param>
    internal TextStream(TokenStream stream, string? adapter, TokenDecoder? decoder, StopMatcher stop)
    {
        _stream = stream;
        _decoder = decoder;
        _stop = stop;
        Adapter = adapter;
        Tokens = _listed.AsReadOnly();
    }

    /// <summary>Number that the engine gave the request, ascending.</summary>
    public long RequestId => _stream.RequestId;

    /// <summary>Adapter asked for; null: base.</summary>
    public string? Adapter { get; }

    /// <summary>Length of the prompt in tokens.</summary>
    public int PromptTokens => _stream.PromptTokens;

    /// <summary>Of these, tokens that an earlier request with an equal beginning had left in the cache. Settled before the first token.</summary>
    public int CachedPromptTokens => _stream.CachedPromptTokens;

    /// <summary>Tokens listed so far: without the end token, with those of a stop string.</summary>
    public IReadOnlyList<GeneratedToken> Tokens { get; }

    /// <summary>Number of <see cref="Tokens"/>.</summary>
    public int CompletionTokens => _listed.Count;

    /// <summary>Why the stream ended; null until the reader has seen the end, and after an exception or cancellation.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Times so far. A stop string ends the request when it is complete.</summary>
    public StreamTiming Timing => _stopped is { } total ? _stream.Timing with { Total = total } : _stream.Timing;

    /// <summary>The updates, each as soon as its tokens are chosen; tokens that wait together come together.</summary>
    /// <exception cref="OperationCanceledException">The request or the enumeration was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It has been enumerated before.</exception>
    public async IAsyncEnumerator<TextUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
            throw new InvalidOperationException("A text stream is read once; it has already been enumerated.");
        await foreach (IReadOnlyList<GeneratedToken> waiting in _stream.ReadWaitingAsync(cancellationToken).ConfigureAwait(false))
        {
            TextUpdate update = Take(waiting);
            if (_stop.Matched)
                EndByStopString();
            yield return update;
            if (_stop.Matched)
                yield break;
        }
        string rest = Rest();
        if (_stop.Matched)
            EndByStopString();
        else
            FinishReason = _stream.FinishReason;
        if (rest.Length > 0)
            yield return new TextUpdate(rest, []);
    }

    /// <summary>Reads the stream to its end.</summary>
    /// <exception cref="OperationCanceledException">The request or the reading was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It has been enumerated before.</exception>
    public async Task<TextResult> ReadToEndAsync(CancellationToken cancellationToken = default)
    {
        StringBuilder text = new();
        await foreach (TextUpdate update in this.WithCancellation(cancellationToken).ConfigureAwait(false))
            text.Append(update.Text);
        FinishReason reason = FinishReason ?? throw new InvalidOperationException("The stream ended without a reason.");
        return new TextResult(_decoder is null ? null : text.ToString(), [.. _listed], reason, PromptTokens, CompletionTokens, Timing) { CachedPromptTokens = CachedPromptTokens };
    }

    /// <summary>Cancels the request. Harmless after the end.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Lists tokens up to the one that completes a stop string, with the text that has become certain.</summary>
    private TextUpdate Take(IReadOnlyList<GeneratedToken> waiting)
    {
        string text = "";
        int taken = 0;
        while (taken < waiting.Count && !_stop.Matched)
        {
            GeneratedToken token = waiting[taken++];
            if (_decoder is not null)
                text += _stop.Push(_decoder.Next(token.Id));
        }
        IReadOnlyList<GeneratedToken> listed = taken == waiting.Count ? waiting : [.. waiting.Take(taken)];
        _listed.AddRange(listed);
        return new TextUpdate(text, listed);
    }

    /// <summary>What was held back when the tokens ended: a cut code point, then the beginning of a stop string.</summary>
    private string Rest() => (_decoder is null ? "" : _stop.Push(_decoder.Flush())) + _stop.Flush();

    private void EndByStopString()
    {
        _stopped ??= _stream.Elapsed;
        FinishReason = Inference.FinishReason.Stop;
        _stream.Cancel();
    }
}
