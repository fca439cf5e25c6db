namespace FLoRA.Inference.Adapters;

/// <summary>
/// Names and what they mean now, on the host; no tensors. A request pins the version that its name leads to when it enters the queue and
/// releases it when it ends; a version that was replaced or unloaded is retired, exactly once, when nobody holds it any more.
/// Thread-safe.
/// </summary>
internal sealed class AdapterStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AdapterVersion> _current = new(StringComparer.Ordinal);
    private readonly int _maxRows;
    private readonly Action<AdapterVersion> _retired;
    private int _pins;

    /// <summary>An empty store.</summary>
    /// <param name="maxRows">Row budget of a step: no adapter may be wider.</param>
    /// <param name="retired">
    /// Called once per version that is neither current nor pinned, outside the store's lock, on the thread that released or replaced it:
    /// hand the version over to the engine thread there, free nothing.
    /// </param>
    public AdapterStore(int maxRows, Action<AdapterVersion> retired)
    {
        _maxRows = maxRows;
        _retired = retired;
    }

    /// <summary>A snapshot of the versions that names lead to, in ordinal order of the names.</summary>
    public IReadOnlyList<AdapterVersion> Current
    {
        get
        {
            lock (_lock)
                return [.. _current.Values.OrderBy(v => v.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Pins over all versions, those included whose name is gone.</summary>
    public int Pins
    {
        get
        {
            lock (_lock)
                return _pins;
        }
    }

    /// <summary>Makes <paramref name="name"/> lead to <paramref name="adapter"/>, at once and whatever it led to before.</summary>
    /// <param name="name">Any text that is not empty or white space; never a path.</param>
    /// <param name="adapter">A loaded adapter.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="AdapterLoadException">The adapter is wider than a step; nothing has changed.</exception>
    public AdapterVersion Register(string name, Adapter adapter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        RefuseTooWide(adapter, _maxRows);
        var version = new AdapterVersion(name, adapter);
        AdapterVersion? idle;
        lock (_lock)
        {
            _current.TryGetValue(name, out var before);
            _current[name] = version;
            idle = Hide(before);
        }

        Retire(idle);
        return version;
    }

    /// <summary>Hides the name at once; requests that hold its version keep it.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    public void Unload(string name)
    {
        AdapterVersion? idle;
        lock (_lock)
        {
            if (!_current.Remove(name, out var version))
                throw NotFound(name);
            idle = Hide(version);
        }

        Retire(idle);
    }

    /// <summary>The version that the name leads to, held until <see cref="Release"/>.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    public AdapterVersion Pin(string name)
    {
        lock (_lock)
        {
            if (!_current.TryGetValue(name, out var version))
                throw NotFound(name);
            version.Pins++;
            _pins++;
            return version;
        }
    }

    /// <summary>Gives back one <see cref="Pin"/>.</summary>
    /// <exception cref="InvalidOperationException">Nobody holds the version.</exception>
    public void Release(AdapterVersion version)
    {
        bool idle;
        lock (_lock)
        {
            if (version.Pins == 0)
                throw new InvalidOperationException($"a version of adapter '{version.Name}' was released more often than pinned");
            version.Pins--;
            _pins--;
            idle = version is { Pins: 0, IsCurrent: false };
        }

        if (idle)
            Retire(version);
    }

    /// <summary>Refuses an adapter whose sequences could never be in a step.</summary>
    /// <exception cref="AdapterLoadException">The adapter's row width is above <paramref name="maxRows"/>.</exception>
    public static void RefuseTooWide(Adapter adapter, int maxRows)
    {
        if (adapter.RowWidth > maxRows)
        {
            throw new AdapterLoadException(
                adapter.Folder,
                [$"it needs {adapter.RowWidth} rows for one token, but a step has {maxRows}: raise --max-rows (MaxRows) to {adapter.RowWidth} or more"]);
        }
    }

    private static AdapterVersion? Hide(AdapterVersion? version)
    {
        if (version is null)
            return null;
        version.IsCurrent = false;
        return version.Pins == 0 ? version : null;
    }

    private void Retire(AdapterVersion? version)
    {
        if (version is not null)
            _retired(version);
    }

    private AdapterNotFoundException NotFound(string name) => new(name, [.. _current.Keys]);
}
