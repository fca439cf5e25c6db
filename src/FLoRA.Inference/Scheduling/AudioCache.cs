namespace FLoRA.Inference.Scheduling;

/// <summary>
/// Encodings by audio and adapter version. One that nobody runs with keeps its blocks while nobody else needs them: a preempted sequence, the
/// next temperature of a window, or the same recording again need not encode it a second time. Engine thread only.
/// </summary>
/// <param name="pool">Where the blocks come from.</param>
/// <param name="blocksPerEncoding">Blocks of one result.</param>
/// <param name="unitCount">Units of encoder work for one result.</param>
internal sealed class AudioCache(BlockPool pool, int blocksPerEncoding, int unitCount)
{
    private readonly Dictionary<(string Audio, object? AdapterPin), AudioEncoding> _encodings = [];
    private readonly LinkedList<AudioEncoding> _idle = []; // ready, nobody runs with it; the longest unused first

    /// <summary>Blocks of one result.</summary>
    public int BlocksPerEncoding => blocksPerEncoding;

    /// <summary>Blocks of results that nobody runs with.</summary>
    public int ReclaimableBlocks => _idle.Count * blocksPerEncoding;

    /// <summary>The encoding of a sequence's audio, shared where it is known.</summary>
    public AudioEncoding Attach(AudioInput audio, object? adapterPin)
    {
        if (!_encodings.TryGetValue((audio.ContentHash, adapterPin), out AudioEncoding? encoding))
        {
            encoding = new AudioEncoding(audio.ContentHash, adapterPin, unitCount);
            _encodings.Add(encoding.Key, encoding);
        }

        encoding.Audio ??= audio;
        encoding.Users++;
        return encoding;
    }

    /// <summary>A sequence has ended and does not run any more.</summary>
    public void Detach(AudioEncoding encoding)
    {
        if (--encoding.Users > 0)
            return;
        if (encoding.Blocks.Count == 0)
            Forget(encoding);
        else
            encoding.Audio = null;
    }

    /// <summary>Blocks that a sequence needs for its audio before it may run.</summary>
    public int MissingBlocks(AudioEncoding encoding) => encoding.Blocks.Count == 0 ? blocksPerEncoding : 0;

    /// <summary>Blocks that can be had for a sequence: free ones and those of idle results, but not of its own.</summary>
    public int AvailableBlocks(AudioEncoding? own) =>
        pool.FreeCount + ReclaimableBlocks - (own is { Runners: 0, Blocks.Count: > 0 } ? blocksPerEncoding : 0);

    /// <summary>A sequence starts to run with it: the first one takes the blocks.</summary>
    public void Start(AudioEncoding encoding)
    {
        if (encoding.Runners++ > 0)
            return;
        if (encoding.Blocks.Count > 0)
        {
            _idle.Remove(encoding);
            return;
        }

        for (int i = 0; i < blocksPerEncoding; i++)
            encoding.Blocks.Add(TakeBlock());
    }

    /// <summary>A sequence stops running with it. The last one leaves the result behind if it is whole.</summary>
    public void Stop(AudioEncoding encoding)
    {
        if (--encoding.Runners > 0)
            return;
        if (encoding is { IsReady: true, IsDropped: false })
            _idle.AddLast(encoding);
        else
            Reset(encoding);
    }

    /// <summary>A free block; an idle result is given up where there is none.</summary>
    /// <exception cref="InvalidOperationException">There is neither.</exception>
    public int TakeBlock()
    {
        if (pool.FreeCount == 0 && _idle.First is { } oldest)
            GiveUp(oldest.Value);
        return pool.Take();
    }

    /// <summary>Nobody new gets the result. Those that run with it go on; the last one takes it along.</summary>
    public void Drop(AudioEncoding encoding)
    {
        encoding.IsDropped = true;
        encoding.IsUnproven = true;
        Forget(encoding);
        if (encoding.Runners == 0 && encoding.Blocks.Count > 0)
            GiveUp(encoding);
    }

    /// <summary>Gives up the results of an adapter version that no sequence holds any more: nobody can ask for them again.</summary>
    public void Retire(object adapterPin)
    {
        foreach (AudioEncoding encoding in _idle.Where(e => ReferenceEquals(e.AdapterPin, adapterPin)).ToArray())
            GiveUp(encoding);
    }

    private void GiveUp(AudioEncoding encoding)
    {
        _idle.Remove(encoding);
        Reset(encoding);
        if (encoding.Users == 0)
            Forget(encoding);
    }

    private void Reset(AudioEncoding encoding)
    {
        foreach (int block in encoding.Blocks)
            pool.Return(block, isSpoiled: encoding.IsUnproven);
        encoding.Blocks.Clear();
        encoding.CompletedUnits = 0;
        encoding.IsUnproven = false;
    }

    /// <summary>The place may have been taken by another one since this one was dropped.</summary>
    private void Forget(AudioEncoding encoding)
    {
        if (_encodings.TryGetValue(encoding.Key, out AudioEncoding? known) && ReferenceEquals(known, encoding))
            _encodings.Remove(encoding.Key);
    }
}
