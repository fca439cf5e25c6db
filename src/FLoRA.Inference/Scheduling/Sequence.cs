namespace FLoRA.Inference.Scheduling;

/// <summary>Where a sequence is.</summary>
internal enum SequenceState
{
    /// <summary>In the queue, or on its way into it; holds no block.</summary>
    Waiting,

    /// <summary>Admitted; holds blocks for all its tokens.</summary>
    Running,

    /// <summary>Finished, cancelled or failed; holds nothing.</summary>
    Ended,
}

/// <summary>
/// The one mutable object of a request. Belongs to the engine thread once it is enqueued; <see cref="State"/>,
/// <see cref="ComputedTokens"/>, <see cref="Blocks"/>, <see cref="CachedPromptTokens"/>, <see cref="IsUnproven"/> and <see cref="AdmittedPast"/> are written by the <see cref="Scheduler"/> only.
/// </summary>
internal sealed class Sequence
{
    /// <summary>A sequence about to be enqueued.</summary>
    /// <param name="request">The request; its prompt is copied.</param>
    /// <param name="stream">Where its tokens go; carries its id.</param>
    /// <param name="width">Rows of one token in the widest module, at least 1.</param>
    /// <param name="maxTokens">Most tokens, prompt included (<see cref="RequestLimits"/>); the prompt's own length: only score it.</param>
    /// <param name="adapterPin">The adapter version that the request holds; null: the base model.</param>
    /// <param name="formsPrompt">See <see cref="FormsPrompt"/>.</param>
    /// <exception cref="ArgumentException">The numbers contradict each other.</exception>
    public Sequence(Request request, TokenStream stream, int width, int maxTokens, object? adapterPin = null, bool formsPrompt = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.PromptTokens.Count, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(stream.PromptTokens, request.PromptTokens.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, request.PromptTokens.Count);
        Request = request;
        Stream = stream;
        Width = width;
        MaxTokens = maxTokens;
        AdapterPin = adapterPin;
        AdapterWidth = width;
        FormsPrompt = formsPrompt;
        if (request.Beams is { } beams)
        {
            Beams = new SequenceBeams(beams);
            Width = width * beams.Width;
        }

        Tokens = [.. request.PromptTokens];
    }

    /// <summary>The request.</summary>
    public Request Request { get; }

    /// <summary>Where its tokens go.</summary>
    public TokenStream Stream { get; }

    /// <summary>Number of the request, ascending with arrival: smaller is older.</summary>
    public long Id => Stream.RequestId;

    /// <summary>Rows of one token in the widest module, of all beams together: what a decoding step takes.</summary>
    public int Width { get; }

    /// <summary>Rows of one token of one beam.</summary>
    public int AdapterWidth { get; }

    /// <summary>Its prompt's tokens take one row each, whatever the adapter's rank is: they are multiplied by weights that are formed under it. What was generated never is.</summary>
    public bool FormsPrompt { get; }

    /// <summary>Rows that its next tokens take.</summary>
    /// <param name="count">How many of those that are pending.</param>
    public int RowsOf(int count)
    {
        int formed = FormsPrompt ? Math.Clamp(PromptTokens - ComputedTokens, 0, count) : 0;
        return formed + ((count - formed) * Width);
    }

    /// <summary>Most of its pending tokens that so many rows hold.</summary>
    public int TokensWithin(int rows)
    {
        int formed = FormsPrompt ? Math.Clamp(PromptTokens - ComputedTokens, 0, PendingTokens) : 0;
        return rows < formed ? rows : Math.Min(PendingTokens, formed + ((rows - formed) / Width));
    }

    /// <summary>Its beams; null: a token at a time.</summary>
    public SequenceBeams? Beams { get; }

    /// <summary>Most tokens, prompt included.</summary>
    public int MaxTokens { get; }

    /// <summary>The adapter version that it holds from enqueueing to its end; null: the base model.</summary>
    public object? AdapterPin { get; }

    /// <summary>Prompt, then what was generated. Survives preemption.</summary>
    public List<int> Tokens { get; }

    /// <summary>Block table of the cache: token t lies in Blocks[t / BlockTokens].</summary>
    public List<int> Blocks { get; } = [];

    /// <summary>What computes its tokens, as the key in front of its first block; null: it shares no block.</summary>
    public PrefixKey? PrefixRoot { get; init; }

    /// <summary>Keys of its blocks; null: it shares none.</summary>
    public PrefixChain? Prefix { get; set; }

    /// <summary>Tokens of its prompt that were in the cache already when their turn came. Settled by the first token.</summary>
    public int CachedPromptTokens { get; set; }

    /// <summary>Its audio on the way through the encoder; null for text.</summary>
    public AudioEncoding? Audio { get; set; }

    /// <summary>Waits for its audio to be encoded: no token can be computed.</summary>
    public bool IsEncoding => Audio is { IsReady: false };

    /// <summary>Where it is.</summary>
    public SequenceState State { get; set; }

    /// <summary>Tokens whose keys and values are in the cache; 0 again after a preemption.</summary>
    public int ComputedTokens { get; set; }

    /// <summary>Tokens were computed, or are being computed, of which no finite numbers have come yet: its blocks may hold anything.</summary>
    public bool IsUnproven { get; set; }

    /// <summary>True once it was admitted for the first time, or ended before: the queue counts it no more, though a preempted one waits again.</summary>
    public bool LeftQueue { get; set; }

    /// <summary>Later requests that were admitted while this one waited in front of them.</summary>
    public int AdmittedPast { get; set; }

    /// <summary>Length of the prompt.</summary>
    public int PromptTokens => Request.PromptTokens.Count;

    /// <summary>Tokens produced so far; also the index of the next output.</summary>
    public int GeneratedTokens => Tokens.Count - PromptTokens;

    /// <summary>True: a score request, which is prefilled and never decodes.</summary>
    public bool ScoreOnly => MaxTokens == PromptTokens;

    /// <summary>Tokens that still have to be computed.</summary>
    public int PendingTokens => Tokens.Count - ComputedTokens;

    /// <summary>Past its prefill: only its newest generated token is not in the cache.</summary>
    public bool IsDecoding => GeneratedTokens > 0 && PendingTokens == 1;

    /// <summary>Tokens that can ever lie in the cache: the last one produced is never computed.</summary>
    public int MaxCachedTokens => ScoreOnly ? PromptTokens : MaxTokens - 1;

    /// <summary>Reached its limit: no further token may be appended (a score request: all is computed).</summary>
    public bool IsComplete => ScoreOnly ? PendingTokens == 0 : Tokens.Count == MaxTokens;

    /// <summary>A search loses what it has: only the prompt is left.</summary>
    public void RestartBeams(BlockPool pool)
    {
        if (Beams is null)
            return;
        Beams.Reset(pool);
        Tokens.RemoveRange(PromptTokens, GeneratedTokens);
    }

    /// <summary>Adds the token sampled after the last computed position.</summary>
    /// <exception cref="InvalidOperationException">It is not running, not all is computed, or it is at its limit.</exception>
    public void Append(int token)
    {
        if (State != SequenceState.Running || PendingTokens != 0 || Tokens.Count >= MaxTokens)
            throw new InvalidOperationException($"Sequence {Id} takes a token only while it runs, all is computed and its limit is not reached; it is {State} with {ComputedTokens} of {Tokens.Count} tokens computed, limit {MaxTokens}.");
        Tokens.Add(token);
    }
}
