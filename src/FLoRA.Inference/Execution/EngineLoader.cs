using System.Diagnostics;
using System.Runtime.InteropServices;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using FLoRA.Inference.Scheduling;
using FLoRA.Inference.Telemetry;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Execution;

/// <summary>Builds an engine: checks everything that needs no tensor first, then loads on the engine thread.</summary>
internal static class EngineLoader
{
    /// <summary>Positions that a step's encoder work takes at least: one window of the published models, so that small ones take several.</summary>
    private const int EncoderPositions = 1536;

    /// <summary>See <see cref="Engine.Load"/>.</summary>
    public static Engine Load(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        EngineSettings settings = EngineSettings.From(options);
        DecoderBlueprint blueprint = ModelConfigReader.Read(options.Model);
        BankLayout layout = settings.BankLayoutOf(blueprint, options.LoraForm);
        AdapterRoot? root = options.AdapterRoot is null ? null : new AdapterRoot(options.AdapterRoot);
        (string Name, AdapterImage Image)[] adapters = [.. AdapterFolders(options).Select(a => (a.Key, ReadAdapter(a.Value, blueprint, layout)))];
        FolderCard card = FolderCard.Read(options.Model);
        EngineThreads threads = options.SharedThreads ?? new EngineThreads();
        EngineThread thread = threads.Acquire(options.Device);
        void Release() => threads.Release(options.Device);
        try
        {
            // libtorch too is loaded on the engine thread: a process that ends waits for that thread, not for others inside libtorch.
            return thread.InvokeAsync(() => LoadOnThread(options, settings, blueprint, layout, root, card, adapters, thread, Release)).GetAwaiter().GetResult();
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>Reads, checks and packs an adapter on the calling thread; host memory only.</summary>
    /// <exception cref="AdapterLoadException">The folder is refused.</exception>
    private static AdapterImage ReadAdapter(string folder, DecoderBlueprint blueprint, BankLayout layout) =>
        AdapterPacker.Pack(AdapterLoader.Load(folder, blueprint), layout);

    private static Engine LoadOnThread(EngineOptions options, EngineSettings settings, DecoderBlueprint blueprint, BankLayout layout, AdapterRoot? root, FolderCard card, (string Name, AdapterImage Image)[] adapters, EngineThread thread, Action release)
    {
        long started = Stopwatch.GetTimestamp();
        NativeRuntime.EnsureLoaded();
        set_num_threads(settings.Threads);
        thread.KernelThreads.Current = settings.Threads;
        thread.EnterInferenceMode();
        Action<double>? progress = options.LoadProgress;
        options = options with { LoadProgress = fraction => Report(fraction, thread, progress) };
        Device device = Resolve(settings.Device);
        int blockCount = settings.CacheBlocks(options, blueprint, MemoryOf(device));
        LoadedModel? model = null;
        EngineMeter? meter = null;
        try
        {
            model = LoadedModel.Load(options, settings, blueprint, layout, blockCount, device, thread.KernelThreads);
            var limits = new SchedulerOptions { MaxRows = options.MaxRows, MaxSequences = options.MaxSequences, BlockCount = blockCount, BlockTokens = options.BlockTokens, PrefixCache = options.PrefixCache, Encoder = EncoderBudgetOf(blueprint) };
            EngineCore core = null!;
            var store = new AdapterStore(new AdapterLimits(options.MaxRows, model.Bank.Capacity), settings.AdapterHostBytes, TimeProvider.System, version => thread.Post(() => core.Retire(version)));
            var queue = new QueueGate(options.MaxQueuedRequests, options.MaxQueuedTokens, TimeProvider.System);
            meter = new EngineMeter(ModelName(options.Model), blockCount, queue);
            var reads = new AdapterReads(folder => ReadAdapter(folder, blueprint, layout), TimeProvider.System, meter.AdapterLoaded);
            // Where it cannot be copied now, the next request that needs it tries again and is told.
            var library = new AdapterLibrary(store, reads, root, version => _ = thread.InvokeAsync(() => core.KeepResident(version)));
            core = new EngineCore(model, store, queue, limits, options.Trace, options.LostAfterFailedSteps, meter);
            meter.Observe(() => core.Slots, () => store.Counts);
            RegisterFirst(store, library, core, adapters, options);
            meter.ModelLoaded(Stopwatch.GetElapsedTime(started));
            thread.Add(core);
            var info = new EngineInfo(device.type == DeviceType.CUDA ? "cuda" : "cpu", settings.DTypeName, settings.Threads, options.MaxRows, options.MaxSequences, blockCount * options.BlockTokens, options.BlockTokens);
            var modelInfo = new ModelInfo(ModelName(options.Model), blueprint.Family, blueprint.VocabularySize, blueprint.ContextLength, blueprint.EosTokens, blueprint.BosToken, model.ParameterCount) { Card = card, Audio = blueprint.Encoder is { } encoder ? new AudioWindow(encoder.MelBins, encoder.Frames) { Decoder = (blueprint.Layers.Count, blueprint.QueryHeads) } : null };
            return Engine.Create(thread, release, core, store, library, layout, queue, blueprint, modelInfo, info);
        }
        catch (Exception exception)
        {
            meter?.Dispose();
            model?.Dispose();
            if (exception is OutOfMemoryException or ExternalException)
                throw new ModelLoadException(options.Model, $"there was not enough memory, or libtorch failed: {exception.Message.Split('\n', 2)[0]}", exception);
            throw;
        }
    }

    /// <summary>The adapters of the options, as many resident as there is room for: their first requests need not wait for that.</summary>
    private static void RegisterFirst(AdapterStore store, AdapterLibrary library, EngineCore core, (string Name, AdapterImage Image)[] adapters, EngineOptions options)
    {
        var versions = adapters.Select(a => store.Register(a.Name, a.Image)).ToList();
        foreach (string name in options.PreloadAdapters.Concat(options.PinnedAdapters).Except(versions.Select(v => v.Name)))
        {
            AdapterVersion version = library.Pin(name);
            store.Release(version);
            versions.Add(version);
        }

        foreach (string name in options.PinnedAdapters)
            store.Keep(name, isKept: true);
        foreach (AdapterVersion version in versions.OrderByDescending(v => v.IsKept))
        {
            if (!core.TryFill(version))
                break;
        }
    }

    /// <summary>One recording's positions are always taken; of small ones a step takes several.</summary>
    private static EncoderBudget? EncoderBudgetOf(DecoderBlueprint blueprint) => blueprint.Encoder is { } encoder
        ? new EncoderBudget(encoder.Positions, AudioEncoder.UnitCount(blueprint), EncoderPositions)
        : null;

    private static SortedDictionary<string, string> AdapterFolders(EngineOptions options)
    {
        var folders = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string parent in options.AdapterFolders)
        {
            if (!Directory.Exists(parent))
                throw new AdapterLoadException(parent, ["the folder of adapters does not exist"]);
            foreach (string folder in Directory.EnumerateDirectories(parent))
            {
                if (!folders.TryAdd(Path.GetFileName(folder), folder))
                    throw new AdapterLoadException(folder, [$"the name '{Path.GetFileName(folder)}' is taken by {folders[Path.GetFileName(folder)]}"]);
            }
        }

        foreach ((string name, string folder) in options.Adapters)
        {
            if (!folders.TryAdd(name, folder))
                throw new AdapterLoadException(folder, [$"the name '{name}' is taken by {folders[name]}"]);
        }

        return folders;
    }

    /// <summary>A process that ends does not wait for the rest of the weights.</summary>
    private static void Report(double fraction, EngineThread thread, Action<double>? progress)
    {
        if (thread.IsStopping)
            throw new OperationCanceledException("The process ends; loading was given up.");
        progress?.Invoke(fraction);
    }

    private static Device Resolve(string device)
    {
        if (device == "cpu" || (device == "auto" && !cuda.is_available()))
            return CPU;
        if (!cuda.is_available())
            throw new ArgumentException("Device: cuda was asked for, but libtorch sees no CUDA device. Point FLORA_TORCH_LIB at a PyTorch with CUDA, or use cpu; see docs/native.md.");
        // float32 means float32: without this, convolutions would round their inputs to 11 bits.
        backends.cudnn.allow_tf32 = false;
        backends.cuda.matmul.allow_tf32 = false;
        return CUDA;
    }

    /// <summary>Memory that weights and cache can lie in, bytes.</summary>
    private static long MemoryOf(Device device) =>
        device.type == DeviceType.CUDA ? CudaMemory.Query(NativeRuntime.EnsureLoaded().TorchFolder).Free : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static string ModelName(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(full);
        return name == "model" && Path.GetFileName(Path.GetDirectoryName(full)) is { Length: > 0 } parent ? parent : name;
    }
}
