using System.Collections.Concurrent;

namespace FLoRA.Inference.Adapters;

/// <summary>Reads adapter folders on threads of the pool, each folder once for all who ask at the same time. Thread-safe.</summary>
/// <param name="read">Reads, checks and packs a folder; its exceptions reach all who asked.</param>
/// <param name="time">Clock.</param>
/// <param name="measure">Told how long each folder took; null: nobody is.</param>
internal sealed class AdapterReads(Func<string, AdapterImage> read, TimeProvider time, Action<TimeSpan>? measure = null)
{
    private readonly ConcurrentDictionary<FolderContent, Lazy<Task<AdapterImage>>> _running = new();
    private long _count, _ticks;

    /// <summary>Folders that were read so far, also those that were refused.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Time that reading took, summed over the folders.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>Folders that are being read.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Whether a folder is being read.</summary>
    public bool IsReading(string folder) => _running.Keys.Any(key => key.Folder == folder);

    /// <summary>The adapter of a folder. Whoever asks while it is read as it lies there now gets the same one; after a change of its files it is read anew.</summary>
    /// <exception cref="AdapterLoadException">The folder is refused.</exception>
    public async Task<AdapterImage> ReadAsync(string folder)
    {
        FolderContent content = FolderContent.Of(folder);
        Lazy<Task<AdapterImage>> running = _running.GetOrAdd(content, key => new(() => Task.Run(() => Read(key.Folder))));
        try
        {
            return await running.Value.ConfigureAwait(false);
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(content, running));
        }
    }

    private AdapterImage Read(string folder)
    {
        long started = time.GetTimestamp();
        try
        {
            return read(folder);
        }
        finally
        {
            long ended = time.GetTimestamp();
            Interlocked.Increment(ref _count);
            Interlocked.Add(ref _ticks, ended - started);
            measure?.Invoke(time.GetElapsedTime(started, ended));
        }
    }

    /// <summary>A folder and what its files look like from outside.</summary>
    private readonly record struct FolderContent(string Folder, long ConfigTicks, long ConfigBytes, long TensorTicks, long TensorBytes)
    {
        public static FolderContent Of(string folder)
        {
            (long configTicks, long configBytes) = Look(Path.Combine(folder, "adapter_config.json"));
            (long tensorTicks, long tensorBytes) = Look(Path.Combine(folder, "adapter_model.safetensors"));
            return new FolderContent(folder, configTicks, configBytes, tensorTicks, tensorBytes);
        }

        private static (long Ticks, long Bytes) Look(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? (file.LastWriteTimeUtc.Ticks, file.Length) : default;
        }
    }
}
