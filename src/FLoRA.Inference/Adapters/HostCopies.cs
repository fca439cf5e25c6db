namespace FLoRA.Inference.Adapters;

/// <summary>The host copies of a store's adapters within a byte budget, the longest unused dropped first. Guarded by the store's lock.</summary>
/// <param name="byteBudget">Budget. What is pinned, resident or to stay so, and what has no folder to be read from again, stays beyond it.</param>
internal sealed class HostCopies(long byteBudget)
{
    private readonly LinkedList<AdapterVersion> _byLastUse = []; // the longest unused first

    /// <summary>Budget.</summary>
    public long ByteBudget => byteBudget;

    /// <summary>Bytes of all copies.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adapters that have a copy.</summary>
    public int Count => _byLastUse.Count;

    /// <summary>Takes a copy in, as the one used last.</summary>
    public void Add(AdapterVersion version, AdapterImage image)
    {
        version.Image = image;
        version.HostPlace = _byLastUse.AddLast(version);
        Bytes += image.HostBytes;
    }

    /// <summary>Its adapter was asked for.</summary>
    public void MarkUsed(AdapterVersion version)
    {
        if (version.HostPlace is not { } place)
            return;
        _byLastUse.Remove(place);
        _byLastUse.AddLast(place);
    }

    /// <summary>Drops a copy, if there is one.</summary>
    public void Drop(AdapterVersion version)
    {
        if (version.HostPlace is not { } place)
            return;
        _byLastUse.Remove(place);
        Bytes -= version.Image!.HostBytes;
        version.HostPlace = null;
        version.Image = null;
    }

    /// <summary>Drops what the budget does not hold.</summary>
    public void Trim()
    {
        for (LinkedListNode<AdapterVersion>? place = _byLastUse.First; place is not null && Bytes > byteBudget;)
        {
            LinkedListNode<AdapterVersion>? next = place.Next;
            if (place.Value.IsDroppable)
                Drop(place.Value);
            place = next;
        }
    }
}
