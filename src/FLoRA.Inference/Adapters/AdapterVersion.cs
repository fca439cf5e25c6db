namespace FLoRA.Inference.Adapters;

/// <summary>
/// One registration of a name in the <see cref="AdapterStore"/>: what its requests run with until they end, whatever happens to the name
/// meanwhile. Identity is the object.
/// </summary>
internal sealed class AdapterVersion
{
    internal AdapterVersion(string name, Adapter adapter)
    {
        Name = name;
        Adapter = adapter;
    }

    /// <summary>Name it was registered under.</summary>
    public string Name { get; }

    /// <summary>The adapter.</summary>
    public Adapter Adapter { get; }

    /// <summary>Requests that hold it. Guarded by the store's lock.</summary>
    internal int Pins { get; set; }

    /// <summary>Whether the name still leads here. Guarded by the store's lock.</summary>
    internal bool IsCurrent { get; set; } = true;
}
