namespace FLoRA.Inference.Scheduling;

/// <summary>
/// Decides what each step computes: integers in, a batch out; it touches no tensor and no clock. The engine thread calls
/// <see cref="Enqueue"/>, <see cref="Schedule"/>, <see cref="Commit"/> and <see cref="End"/>; nothing here is thread-safe.
/// </summary>
/// <remarks>
/// Two lists: the queue (preempted sequences first, oldest first; then arrivals in order) and the running sequences, oldest
/// first. Everything ends: the oldest running sequence computes a token in every step and is preempted by nobody, since the
/// youngest goes first and one alone fits the pool; so some sequence ends after finitely many steps, and each waiting one is
/// passed by at most <see cref="MaxAdmittedPast"/> others.
/// </remarks>
internal sealed partial class Scheduler
{
    /// <summary>Later requests that may be admitted past a waiting one.</summary>
    public const int MaxAdmittedPast = 16;

    private readonly SchedulerOptions _options;
    private readonly Func<Sequence, bool> _tryAcquire;
    private readonly BlockPool _pool;
    private readonly AudioCache _audio;
    private readonly PrefixCache _prefixes;
    private readonly List<Sequence> _waiting = [];
    private readonly List<Sequence> _running = [];
    private readonly ScheduledBatch _batch = new();
    private int _preemptedWaiting; // the first so many of _waiting
    private long _lastId = long.MinValue;

    /// <summary>An empty scheduler.</summary>
    /// <param name="options">Budgets.</param>
    /// <param name="tryAcquire">
    /// Further condition of admission, such as a slot of the adapter bank. Asked last, when all else fits; true admits the
    /// sequence, so what it needs may be taken there. Given back when the sequence is preempted or ends. It must not stay
    /// false while nothing runs.
    /// </param>
    public Scheduler(SchedulerOptions options, Func<Sequence, bool>? tryAcquire = null)
    {
        options.Validate();
        _options = options;
        _tryAcquire = tryAcquire ?? (_ => true);
        _pool = new BlockPool(options.BlockCount);
        _audio = new AudioCache(_pool, options.BlocksFor(options.Encoder?.Positions ?? 0), options.Encoder?.Units ?? 0);
        _prefixes = new PrefixCache(_pool);
    }

    /// <summary>Sequences in the queue.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Sequences that run.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Blocks that nobody needs: free ones, and those that are kept in case their audio or their prefix comes again.</summary>
    public int FreeBlocks => _pool.FreeCount + _audio.ReclaimableBlocks + _prefixes.IdleBlocks;

    /// <summary>Whether anybody waits or runs.</summary>
    public bool HasWork => _waiting.Count + _running.Count > 0;

    /// <summary>The queue, its head first.</summary>
    public IReadOnlyList<Sequence> Waiting => _waiting;

    /// <summary>The running sequences, oldest first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Puts a new sequence at the end of the queue.</summary>
    /// <exception cref="ArgumentException">It could never run, or its id is not larger than all before.</exception>
    public void Enqueue(Sequence sequence)
    {
        if (sequence.State != SequenceState.Waiting || sequence.Id <= _lastId)
            throw new ArgumentException($"Sequence {sequence.Id} ({sequence.State}) must be new and follow {_lastId}.");
        if (sequence.Width > _options.MaxRows)
            throw new ArgumentException($"Sequence {sequence.Id} has {sequence.Width} rows per token; a step has {_options.MaxRows} (--max-rows, MaxRows).");
        int blocks = (_options.BlocksFor(sequence.MaxCachedTokens) * (sequence.Beams?.Settings.Width ?? 1)) + (sequence.Request.Audio is null ? 0 : _audio.BlocksPerEncoding);
        if (blocks > _options.BlockCount)
            throw new ArgumentException($"Sequence {sequence.Id} may grow to {sequence.MaxCachedTokens} cached tokens{(sequence.Request.Audio is null ? "" : $" beside {_options.Encoder!.Positions} of its audio")}; the cache holds {_options.PoolTokens} (--kv-tokens, KvTokens).");
        _lastId = sequence.Id;
        if (sequence.Request.Audio is { } audio)
            sequence.Audio = _audio.Attach(audio, sequence.AdapterPin);
        AttachPrefix(sequence);
        _waiting.Add(sequence);
    }

    /// <summary>Chooses the next step: blocks for those that decode, admission, one token per decoding sequence, prefill with the rest of the rows.</summary>
    /// <exception cref="InvalidOperationException">A running sequence has nothing to compute: no token was appended and it was not ended.</exception>
    public ScheduledBatch Schedule()
    {
        foreach (Sequence sequence in _running)
        {
            if (sequence.PendingTokens == 0 || sequence.IsComplete)
                throw new InvalidOperationException($"Sequence {sequence.Id} runs with nothing to compute ({sequence.ComputedTokens} of {sequence.Tokens.Count} tokens, limit {sequence.MaxTokens}); append a token or end it.");
        }
        _batch.Clear();
        _underWay.Clear();
        GrowDecoding();
        // Whoever was preempted waits at least this step: admitting others into the blocks it lost would only push it back.
        if (_batch.Preempted.Count == 0)
            Admit();
        AdoptLate();
        AddDecoding();
        AddPrefill();
        AddEncoding();
        _pool.TakeSpoiled(_batch.SpoiledBlocks);
        return _batch;
    }

    /// <summary>Finite numbers came of all that a sequence has in the cache, and of its audio: others may have its blocks.</summary>
    public void Prove(Sequence sequence)
    {
        sequence.IsUnproven = false;
        if (sequence is { State: SequenceState.Running, Prefix: { } chain })
            _prefixes.Publish(sequence, chain);
        if (sequence.Audio is { IsDropped: false } encoding)
            encoding.IsUnproven = false;
    }

    /// <summary>No sequence holds the adapter version any more.</summary>
    public void Retire(object adapterPin) => _audio.Retire(adapterPin);

    /// <summary>Numbers of a sequence are not finite, whatever was proven before: its blocks are spoiled, and nobody gets them or the result of its audio again.</summary>
    public void Spoil(Sequence sequence)
    {
        sequence.IsUnproven = true;
        if (sequence.Prefix is { } chain)
            _prefixes.Drop(chain);
        if (sequence.Audio is { } encoding)
            _audio.Drop(encoding);
    }

    /// <summary>The last batch was computed: its tokens are in the cache. Sequences that ended since are passed over.</summary>
    public void Commit()
    {
        foreach (ScheduledTokens entry in _batch.Entries)
        {
            if (entry.Sequence.State == SequenceState.Running)
                entry.Sequence.ComputedTokens = entry.Start + entry.Count;
        }
    }

    /// <summary>Ends a sequence at any point, finished, cancelled or failed; frees its blocks at once. False: it had ended.</summary>
    /// <exception cref="InvalidOperationException">It was never enqueued here.</exception>
    public bool End(Sequence sequence)
    {
        if (sequence.State == SequenceState.Ended)
            return false;
        List<Sequence> list = sequence.State == SequenceState.Running ? _running : _waiting;
        int index = list.IndexOf(sequence);
        if (index < 0)
            throw new InvalidOperationException($"Sequence {sequence.Id} was never enqueued.");
        list.RemoveAt(index);
        if (list == _waiting && index < _preemptedWaiting)
            _preemptedWaiting--;
        if (sequence.State == SequenceState.Running)
            ReturnBlocks(sequence);
        sequence.State = SequenceState.Ended;
        if (sequence.Audio is { } encoding)
            _audio.Detach(encoding);
        return true;
    }

    /// <summary>Oldest first, each decoding sequence gets the block of its newest token; the youngest running one pays where none is free.</summary>
    private void GrowDecoding()
    {
        for (int i = 0; i < _running.Count; i++)
        {
            Sequence sequence = _running[i];
            if (sequence.Beams is { IsForked: true })
                GrowBeams(sequence);
            else if (!sequence.IsDecoding || sequence.Blocks.Count >= _options.BlocksFor(sequence.Tokens.Count))
                continue;
            else if (MakeRoom(sequence, 1))
                sequence.Blocks.Add(TakeBlock());
        }
    }

    /// <summary>Preempts the youngest until so many blocks can be had; false: the sequence itself was among them.</summary>
    private bool MakeRoom(Sequence sequence, int blocks)
    {
        while (FreeBlocks < blocks && sequence.State == SequenceState.Running)
            Preempt(_running[^1]);
        return sequence.State == SequenceState.Running;
    }

    private void Preempt(Sequence sequence)
    {
        _running.Remove(sequence);
        ReturnBlocks(sequence);
        sequence.RestartBeams(_pool);
        sequence.ComputedTokens = 0;
        if (sequence.GeneratedTokens == 0)
            sequence.CachedPromptTokens = 0;
        sequence.State = SequenceState.Waiting;
        int place = 0;
        while (place < _preemptedWaiting && _waiting[place].Id < sequence.Id)
            place++;
        _waiting.Insert(place, sequence);
        _preemptedWaiting++;
        _batch.Preempted.Add(sequence);
    }

    /// <summary>First come, first served; whoever does not fit is passed by at most <see cref="MaxAdmittedPast"/> later ones.</summary>
    private void Admit()
    {
        long runningWidth = 0;
        foreach (Sequence sequence in _running)
            runningWidth += sequence.Width;

        bool mayPass = true;
        for (int i = 0; i < _waiting.Count && mayPass && HasRoom(runningWidth, width: 1, blocks: 1, audio: null);)
        {
            Sequence candidate = _waiting[i];
            int blocks = BlocksToTake(candidate) + (candidate.Audio is { } audio ? _audio.MissingBlocks(audio) : 0);
            if (HasRoom(runningWidth, candidate.Width, blocks, candidate.Audio) && _tryAcquire(candidate))
            {
                for (int passed = 0; passed < i; passed++)
                    mayPass &= ++_waiting[passed].AdmittedPast < MaxAdmittedPast;
                StartRunning(i);
                runningWidth += candidate.Width;
            }
            else
            {
                mayPass = candidate.AdmittedPast < MaxAdmittedPast;
                i++;
            }
        }
    }

    /// <summary>
    /// Whether a sequence may join: at most 3/4 of the rows decode, which leaves room for prefill, and a block stays for each
    /// running sequence, so that nobody is preempted at once. One alone is bounded by neither.
    /// </summary>
    private bool HasRoom(long runningWidth, int width, int blocks, AudioEncoding? audio) =>
        _running.Count == 0
            ? blocks <= AvailableBlocks(audio)
            : _running.Count < _options.MaxSequences
                && 4 * (runningWidth + width) <= 3L * _options.MaxRows
                && (long)blocks + _running.Count <= AvailableBlocks(audio);

    private int AvailableBlocks(AudioEncoding? audio) => _audio.AvailableBlocks(audio) + _prefixes.IdleBlocks;

    /// <summary>Moves a sequence from the queue to its place by age, with blocks for all its tokens, so that two half-done prefills cannot block each other.</summary>
    private void StartRunning(int queueIndex)
    {
        Sequence sequence = _waiting[queueIndex];
        _waiting.RemoveAt(queueIndex);
        if (queueIndex < _preemptedWaiting)
            _preemptedWaiting--;
        if (sequence.Audio is { } encoding)
            _audio.Start(encoding);
        Adopt(sequence);
        while (sequence.Blocks.Count < _options.BlocksFor(sequence.Tokens.Count))
            sequence.Blocks.Add(TakeBlock());
        sequence.State = SequenceState.Running;
        int place = _running.Count;
        while (place > 0 && _running[place - 1].Id > sequence.Id)
            place--;
        _running.Insert(place, sequence);
        _batch.Admitted.Add(sequence);
    }

    private void AddDecoding()
    {
        foreach (Sequence sequence in _running)
        {
            if (sequence is { IsDecoding: true, IsEncoding: false })
                _batch.Add(sequence, 1);
        }
    }

    private void AddPrefill()
    {
        foreach (Sequence sequence in _running)
        {
            int count = sequence.TokensWithin(_options.MaxRows - _batch.Rows);
            if (sequence.IsDecoding || sequence.IsEncoding || count == 0 || AwaitsPrefix(sequence))
                continue;
            if (count == sequence.PendingTokens)
                Announce(sequence);
            _batch.Add(sequence, count);
        }
    }

    /// <summary>Of a sequence that runs no longer.</summary>
    private void ReturnBlocks(Sequence sequence)
    {
        for (int b = sequence.Blocks.Count - 1; b >= 0; b--)
            _prefixes.Return(sequence.Blocks[b], isSpoiled: sequence.IsUnproven);
        sequence.Blocks.Clear();
        if (sequence.Prefix is { } chain)
            chain.SharedBlocks = 0;
        sequence.Beams?.Reset(_pool, sequence.IsUnproven);
        sequence.IsUnproven = false;
        if (sequence.Audio is { } encoding)
            _audio.Stop(encoding);
    }
}
