namespace FLoRA.Inference.Adapters;

/// <summary>
/// One registration of a name in the <see cref="AdapterStore"/>: what its requests run with until they end, whatever happens to the name
/// meanwhile. Identity is the object. Everything that changes is guarded by the store's lock.
/// </summary>
internal sealed class AdapterVersion
{
    private volatile bool _isKept;

    internal AdapterVersion(string name, AdapterImage image, bool isFromRoot)
    {
        Name = name;
        Image = image;
        Adapter = image.Adapter;
        BankBytes = image.BankBytes;
        IsFromRoot = isFromRoot;
    }

    /// <summary>Name it was registered under.</summary>
    public string Name { get; }

    /// <summary>What it is; its numbers are those of <see cref="Image"/>.</summary>
    public Adapter Adapter { get; }

    /// <summary>Bytes that it takes in the bank.</summary>
    public long BankBytes { get; }

    /// <summary>Whether its name was found in the adapter root.</summary>
    public bool IsFromRoot { get; }

    /// <summary>Its host copy; null: dropped, and read again from its folder when it is asked for. There while anybody pins it, or it is resident or to stay so.</summary>
    public AdapterImage? Image { get; internal set; }

    /// <summary>Whether it is to stay resident; any thread.</summary>
    public bool IsKept
    {
        get => _isKept;
        internal set => _isKept = value;
    }

    /// <summary>Requests that hold it.</summary>
    internal int Pins { get; set; }

    /// <summary>Whether the name still leads here.</summary>
    internal bool IsCurrent { get; set; } = true;

    /// <summary>Whether it is in the bank.</summary>
    internal bool IsResident { get; set; }

    /// <summary>When a request asked for it last.</summary>
    internal DateTimeOffset? LastUsed { get; set; }

    /// <summary>Its place in the order of the host copies.</summary>
    internal LinkedListNode<AdapterVersion>? HostPlace { get; set; }

    /// <summary>Whether an image is of the same content, card included.</summary>
    internal bool IsSameContent(AdapterImage image) => Adapter.ContentHash == image.Adapter.ContentHash && Adapter.Card.Equals(image.Adapter.Card);

    /// <summary>Whether its host copy may go: nobody needs it now, and it can be had again.</summary>
    internal bool IsDroppable => Pins == 0 && !IsResident && !IsKept && Adapter.Folder.Length > 0;
}
