namespace FLoRA.Inference.Adapters;

/// <summary>
/// Names and what they mean now, with their host copies; no tensors. A request pins the version that its name leads to when it enters the queue and
/// releases it when it ends; a version that was replaced or unloaded is retired, exactly once, when nobody holds it any more.
/// Thread-safe.
/// </summary>
internal sealed class AdapterStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AdapterVersion> _current = new(StringComparer.Ordinal);
    private readonly AdapterLimits _limits;
    private readonly HostCopies _copies;
    private readonly TimeProvider _time;
    private readonly Action<AdapterVersion> _retired;
    private int _pins;

    /// <summary>An empty store.</summary>
    /// <param name="limits">What the engine can serve.</param>
    /// <param name="hostBytes">Budget for host copies.</param>
    /// <param name="time">Clock.</param>
    /// <param name="retired">
    /// Called once per version that is neither current nor pinned, outside the store's lock, on the thread that released or replaced it:
    /// hand the version over to the engine thread there, free nothing.
    /// </param>
    public AdapterStore(AdapterLimits limits, long hostBytes, TimeProvider time, Action<AdapterVersion> retired)
    {
        _limits = limits;
        _copies = new HostCopies(hostBytes);
        _time = time;
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

    /// <summary>What it holds.</summary>
    public (int Registered, int HostCopies, long HostBytes, long HostByteBudget) Counts
    {
        get
        {
            lock (_lock)
                return (_current.Count, _copies.Count, _copies.Bytes, _copies.ByteBudget);
        }
    }

    /// <summary>Whether a name is registered.</summary>
    public bool Knows(string name)
    {
        lock (_lock)
            return _current.ContainsKey(name);
    }

    /// <summary>What is known of every name, in ordinal order.</summary>
    /// <param name="isLoading">Whether a folder is being read.</param>
    public IReadOnlyList<AdapterInfo> Describe(Func<string, bool> isLoading)
    {
        lock (_lock)
            return [.. _current.Values.OrderBy(v => v.Name, StringComparer.Ordinal).Select(v => DescribeLocked(v, isLoading))];
    }

    /// <summary>What is known of a version.</summary>
    public AdapterInfo Describe(AdapterVersion version, Func<string, bool> isLoading)
    {
        lock (_lock)
            return DescribeLocked(version, isLoading);
    }

    /// <summary>Makes <paramref name="name"/> lead to an adapter, at once and whatever it led to before; the same content of the same folder stays the version that it is.</summary>
    /// <param name="name">Any text that is not empty or white space; never a path.</param>
    /// <param name="image">A loaded adapter.</param>
    /// <param name="isFromRoot">Whether the name was found in the adapter root.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="AdapterLoadException">The adapter is wider than a step or larger than the bank; nothing has changed.</exception>
    public AdapterVersion Register(string name, AdapterImage image, bool isFromRoot = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _limits.Check(image);
        AdapterVersion version;
        AdapterVersion? idle;
        lock (_lock)
        {
            version = RegisterLocked(name, image, isFromRoot, out idle);
            _copies.Trim();
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
            if (!_current.Remove(name, out AdapterVersion? version))
                throw NotFound(name);
            idle = Hide(version);
        }

        Retire(idle);
    }

    /// <summary>The version that the name leads to, held until <see cref="Release"/>.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidOperationException">Its host copy was dropped; <see cref="AdapterLibrary"/> reads it again.</exception>
    public AdapterVersion Pin(string name) => TryPin(name, out AdapterVersion? version)
        ? version!
        : throw (version is null ? NotFound(name) : new InvalidOperationException($"the host copy of adapter '{name}' was dropped"));

    /// <summary>Pins where the name is known and its host copy is there.</summary>
    /// <param name="name">The name.</param>
    /// <param name="version">What it leads to, also where it could not be pinned; null: nothing.</param>
    public bool TryPin(string name, out AdapterVersion? version)
    {
        lock (_lock)
        {
            if (!_current.TryGetValue(name, out version) || version.Image is null)
                return false;
            PinLocked(version);
            return true;
        }
    }

    /// <summary>
    /// Pins with what has just been read: gives its host copy back to the version that was asked for, or, where the content is another one now, makes a new version of it. Null: the name leads elsewhere
    /// meanwhile.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="asked">What it led to; null: it was not registered.</param>
    /// <param name="image">What its folder holds.</param>
    /// <exception cref="AdapterLoadException">The adapter is wider than a step or larger than the bank.</exception>
    public AdapterVersion? TryPinRead(string name, AdapterVersion? asked, AdapterImage image)
    {
        _limits.Check(image);
        AdapterVersion? version, idle = null;
        lock (_lock)
        {
            _current.TryGetValue(name, out version);
            if (!ReferenceEquals(version, asked))
                return null;
            if (version is null || !version.IsSameContent(image))
                version = RegisterLocked(name, image, asked?.IsFromRoot ?? true, out idle);
            else if (version.Image is null)
                _copies.Add(version, image);
            PinLocked(version);
            _copies.Trim();
        }

        Retire(idle);
        return version;
    }

    /// <summary>Gives back one pin.</summary>
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
            if (idle)
                _copies.Drop(version);
            else if (version.Pins == 0)
                _copies.Trim();
        }

        if (idle)
            Retire(version);
    }

    /// <summary>Notes whether a version is in the bank.</summary>
    public void MarkResident(AdapterVersion version, bool isResident)
    {
        lock (_lock)
        {
            version.IsResident = isResident;
            if (!isResident)
                _copies.Trim();
        }
    }

    /// <summary>Says whether an adapter is to stay resident; a replacement takes that over.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isKept">Whether.</param>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidOperationException">All kept adapters together would be larger than the bank.</exception>
    public void Keep(string name, bool isKept)
    {
        lock (_lock)
        {
            if (!_current.TryGetValue(name, out AdapterVersion? version))
                throw NotFound(name);
            long others = _current.Values.Where(v => v.IsKept && v != version).Sum(v => v.BankBytes);
            if (isKept && others + version.BankBytes > _limits.Capacity.Bytes)
                throw new InvalidOperationException($"Adapter '{name}' has {version.BankBytes} bytes on the device and the pinned ones {others}; adapters have {_limits.Capacity.Bytes} there. Raise --adapter-bytes (AdapterBytes) or unpin others.");
            version.IsKept = isKept;
        }
    }

    private AdapterVersion RegisterLocked(string name, AdapterImage image, bool isFromRoot, out AdapterVersion? idle)
    {
        idle = null;
        if (_current.TryGetValue(name, out AdapterVersion? before) && before.IsSameContent(image) && before.Adapter.Folder == image.Adapter.Folder && before.IsFromRoot == isFromRoot)
        {
            if (before.Image is null)
                _copies.Add(before, image);
            return before;
        }

        var version = new AdapterVersion(name, image, isFromRoot) { IsKept = before?.IsKept ?? false };
        _copies.Add(version, image);
        _current[name] = version;
        idle = Hide(before);
        return version;
    }

    private void PinLocked(AdapterVersion version)
    {
        version.Pins++;
        _pins++;
        version.LastUsed = _time.GetUtcNow();
        _copies.MarkUsed(version);
    }

    private AdapterVersion? Hide(AdapterVersion? version)
    {
        if (version is null)
            return null;
        version.IsCurrent = false;
        version.IsKept = false;
        if (version.Pins > 0)
            return null;
        _copies.Drop(version);
        return version;
    }

    private void Retire(AdapterVersion? version)
    {
        if (version is not null)
            _retired(version);
    }

    private static AdapterInfo DescribeLocked(AdapterVersion version, Func<string, bool> isLoading)
    {
        Adapter adapter = version.Adapter;
        return new AdapterInfo(version.Name, adapter.Kind, adapter.Rank, adapter.RowWidth, adapter.ParameterCount, adapter.Folder)
        {
            ContentHash = adapter.ContentHash,
            Card = adapter.Card,
            State = version.IsResident ? AdapterState.Resident : version.Image is not null ? AdapterState.Host : isLoading(adapter.Folder) ? AdapterState.Loading : AdapterState.Registered,
            Bytes = version.BankBytes,
            References = version.Pins,
            IsPinned = version.IsKept,
            LastUsed = version.LastUsed,
        };
    }

    private AdapterNotFoundException NotFound(string name) => new(name, [.. _current.Keys]);
}
