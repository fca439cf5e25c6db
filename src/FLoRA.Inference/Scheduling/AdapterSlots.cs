namespace FLoRA.Inference.Scheduling;

/// <summary>
/// Which adapters are resident: bytes in, decisions out; it touches no tensor and no clock. A running sequence holds the slot of its adapter; a slot that
/// nobody holds stays until another adapter needs the room, the longest unused first, and a kept one also then. Engine thread only.
/// </summary>
/// <param name="byteBudget">Bytes that all slots have together.</param>
/// <param name="tryPlace">Puts an adapter to its place; false: there is none for it though the bytes would do (its rows must lie side by side).</param>
/// <param name="remove">Takes an adapter away from its place.</param>
/// <param name="isKept">Whether an adapter is to stay resident though nobody runs with it.</param>
internal sealed class AdapterSlots<TAdapter>(long byteBudget, Func<TAdapter, bool> tryPlace, Action<TAdapter> remove, Func<TAdapter, bool> isKept)
    where TAdapter : class
{
    private readonly Dictionary<TAdapter, LinkedListNode<Slot>> _slots = [];
    private readonly LinkedList<Slot> _byLastUse = []; // the longest unused first
    private int _holders;

    /// <summary>Adapters that are resident.</summary>
    public int Count => _slots.Count;

    /// <summary>Their bytes.</summary>
    public long ResidentBytes { get; private set; }

    /// <summary>Admissions that found their adapter resident.</summary>
    public long Hits { get; private set; }

    /// <summary>Adapters that were put to a place.</summary>
    public long Installs { get; private set; }

    /// <summary>Adapters that gave their place to another one.</summary>
    public long Evictions { get; private set; }

    /// <summary>
    /// Takes the slot of a sequence that is to run, until <see cref="Release"/>. False: sequences that run hold too much. Never false while nobody holds a slot: kept adapters move or go then, if need be.
    /// </summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="bytes">Its size, at most the budget.</param>
    public bool TryHold(TAdapter adapter, long bytes)
    {
        if (_slots.TryGetValue(adapter, out LinkedListNode<Slot>? node))
            Hits++;
        else if (!MakeRoom(adapter, bytes))
            return false;
        else
            node = Add(adapter, bytes);
        node.Value.Holders++;
        _holders++;
        MarkUsed(node);
        return true;
    }

    /// <summary>Gives back one <see cref="TryHold"/>.</summary>
    /// <exception cref="InvalidOperationException">Nobody holds the slot.</exception>
    public void Release(TAdapter adapter)
    {
        if (!_slots.TryGetValue(adapter, out LinkedListNode<Slot>? node) || node.Value.Holders == 0)
            throw new InvalidOperationException("The slot of an adapter was released more often than held.");
        node.Value.Holders--;
        _holders--;
        MarkUsed(node);
    }

    /// <summary>Makes an adapter resident that nobody runs with yet; false: there is no room beside what is held and kept.</summary>
    public bool TryMakeResident(TAdapter adapter, long bytes)
    {
        if (_slots.ContainsKey(adapter))
            return true;
        if (StayingBytes + bytes > byteBudget || !MakeRoom(adapter, bytes))
            return false;
        Add(adapter, bytes);
        return true;
    }

    /// <summary>Gives up the slot of an adapter that nobody holds or can ask for any more.</summary>
    public void Forget(TAdapter adapter)
    {
        if (_slots.TryGetValue(adapter, out LinkedListNode<Slot>? node))
            TakeAway(node);
    }

    private long StayingBytes => _byLastUse.Where(IsStaying).Sum(s => s.Bytes);

    private bool MakeRoom(TAdapter adapter, long bytes)
    {
        if (bytes > byteBudget)
            throw new ArgumentException($"The adapter has {bytes} bytes; all slots together have {byteBudget}.");
        return EvictFor(adapter, bytes) || (_holders == 0 && Rearrange(adapter, bytes));
    }

    /// <summary>Puts the adapter to its place, and takes others away for it, the longest unused first. False: what is held or kept leaves no place.</summary>
    private bool EvictFor(TAdapter adapter, long bytes)
    {
        if (StayingBytes + bytes > byteBudget)
            return false;
        while (ResidentBytes + bytes > byteBudget || !tryPlace(adapter))
        {
            LinkedListNode<Slot>? oldest = _byLastUse.First;
            while (oldest is not null && IsStaying(oldest.Value))
                oldest = oldest.Next;
            if (oldest is null)
                return false;
            TakeAway(oldest);
            Evictions++;
        }

        return true;
    }

    /// <summary>Nobody holds a slot: everything is taken away, and the kept ones come back as far as they fit beside the adapter.</summary>
    private bool Rearrange(TAdapter adapter, long bytes)
    {
        Slot[] before = [.. _byLastUse];
        while (_byLastUse.First is { } node)
            TakeAway(node);
        if (!tryPlace(adapter))
            throw new InvalidOperationException("An adapter finds no place though no other is resident.");
        foreach (Slot slot in before)
        {
            if (ResidentBytes + bytes + slot.Bytes <= byteBudget && tryPlace(slot.Adapter))
                Add(slot.Adapter, slot.Bytes);
            else
                Evictions++;
        }

        return true;
    }

    private bool IsStaying(Slot slot) => slot.Holders > 0 || isKept(slot.Adapter);

    private LinkedListNode<Slot> Add(TAdapter adapter, long bytes)
    {
        LinkedListNode<Slot> node = _byLastUse.AddLast(new Slot(adapter, bytes));
        _slots.Add(adapter, node);
        ResidentBytes += bytes;
        Installs++;
        return node;
    }

    private void TakeAway(LinkedListNode<Slot> node)
    {
        _slots.Remove(node.Value.Adapter);
        _byLastUse.Remove(node);
        ResidentBytes -= node.Value.Bytes;
        remove(node.Value.Adapter);
    }

    private void MarkUsed(LinkedListNode<Slot> node)
    {
        _byLastUse.Remove(node);
        _byLastUse.AddLast(node);
    }

    private sealed class Slot(TAdapter adapter, long bytes)
    {
        public TAdapter Adapter => adapter;

        public long Bytes => bytes;

        public int Holders { get; set; }
    }
}
