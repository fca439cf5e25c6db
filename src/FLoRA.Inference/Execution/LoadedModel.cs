using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using FLoRA.Inference.Kernels.Cpu.Sampling;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Execution;

/// <summary>Everything of a model that lives on the device. Made, used and disposed on the engine thread.</summary>
internal sealed class LoadedModel : IDisposable
{
    /// <summary>Loads weights and reserves cache and batch buffers.</summary>
    /// <exception cref="ModelLoadException">The folder is refused.</exception>
    public static LoadedModel Load(EngineOptions options, EngineSettings settings, DecoderBlueprint blueprint, BankLayout layout, int blockCount, Device device, ThreadSetting threads)
    {
        using Checkpoint? checkpoint = options.RandomWeights ? null : Checkpoint.Open(options.Model);
        TorchCpuLibrary? library = device.type == TorchSharp.DeviceType.CPU ? TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder) : null;
        var made = new Stack<IDisposable>();
        T Own<T>(T part) where T : IDisposable
        {
            made.Push(part);
            return part;
        }

        try
        {
            TorchCpuLibrary? kernels = settings.DType == ScalarType.Float32 ? library : null;
            AdapterRows? adapterRows = library is not null && AdapterRows.Suits(settings.DType) ? new AdapterRows(library, settings.DType) : null;
            DecoderWeights weights = Own(checkpoint is null
                ? DecoderWeights.Random(blueprint, device, settings.DType, settings.IsEightBit)
                : DecoderWeights.Load(blueprint, checkpoint, device, settings.DType, options.LoadProgress, settings.IsEightBit));
            KvCache cache = Own(new KvCache(blueprint.Layers.Count, blockCount, options.BlockTokens, blueprint.KvHeads, blueprint.HeadDim, settings.DType, device) { Encoded = EncodedRowsOf(blueprint, settings, options) });
            int maxPositions = (int)Math.Min(blueprint.ContextLength, (long)blockCount * options.BlockTokens);
            int maxBlocks = (maxPositions + options.BlockTokens - 1) / options.BlockTokens;
            AdapterBank bank = Own(new AdapterBank([.. Modules(weights)], device, layout, BankCapacity.For(settings.AdapterBytes, layout, isTakenByTouch: device.type == TorchSharp.DeviceType.CPU && !OperatingSystem.IsWindows())));
            IEncoderPass? encoderPass = blueprint.Encoder is null ? null : EncoderPass(blueprint, settings, weights, cache, bank, kernels, device, threads);
            AudioEncoder? encoder = encoderPass is null ? null : Own(new AudioEncoder(blueprint, encoderPass));
            bool isHost = device.type == TorchSharp.DeviceType.CPU;
            IForwardPass forward = Own(ForwardPass(blueprint, settings, weights, cache, maxPositions, kernels, adapterRows, device, threads, options.LoraForm));
            return new LoadedModel
            {
                Blueprint = blueprint,
                ParameterCount = weights.ParameterCount,
                Cache = cache,
                Bank = bank,
                Batch = Own(new Batch(cache, options.MaxRows, blueprint.Encoder is null ? options.MaxSequences : options.MaxRows, maxBlocks, device, blueprint.Encoder?.Positions ?? 0)),
                Encoder = encoder,
                AfterEncoding = options.AfterEncoding,
                BatchAdapters = Own(new BatchAdapters(bank, settings.DType, device, gatherScales: adapterRows is null, options.LoraForm)),
                Forming = forward.Forming,
                Forward = options.DecorateForward?.Invoke(forward) ?? forward,
                Threads = isHost ? new KernelThreads(threads, forward is PackedDecoder ? 1 : settings.Threads, weights.ParameterCount) : null,
                EncoderThreads = isHost ? new KernelThreads(threads, encoderPass is PackedEncoderPass or Int8EncoderPass ? 1 : settings.Threads, weights.ParameterCount) : null,
                LogitReader = isHost ? new HostSampler(RowLoop(forward, settings, library, threads)) : new Sampler(),
            };
        }
        catch
        {
            while (made.TryPop(out IDisposable? part))
                part.Dispose();
            throw;
        }
    }

    /// <summary>Configuration.</summary>
    public required DecoderBlueprint Blueprint { get; init; }

    /// <summary>Numbers in the weights.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Keys and values.</summary>
    public required KvCache Cache { get; init; }

    /// <summary>Adapters.</summary>
    public required AdapterBank Bank { get; init; }

    /// <summary>Inputs of a step.</summary>
    public required Batch Batch { get; init; }

    /// <summary>Adapters of a step.</summary>
    public required BatchAdapters BatchAdapters { get; init; }

    /// <summary>The audio encoder; null for models of text alone.</summary>
    public AudioEncoder? Encoder { get; init; }

    /// <summary>Called after every unit of encoder work; for tests.</summary>
    public Action<IReadOnlyList<AudioEncoding>>? AfterEncoding { get; init; }

    /// <summary>See <see cref="IForwardPass.Forming"/>.</summary>
    public PromptForming? Forming { get; init; }

    /// <summary>The forward pass.</summary>
    public required IForwardPass Forward { get; init; }

    /// <summary>libtorch's threads of a step; null: as they are.</summary>
    public KernelThreads? Threads { get; init; }

    /// <summary>libtorch's threads of a unit of encoder work; null: as they are.</summary>
    public KernelThreads? EncoderThreads { get; init; }

    /// <summary>Chooses tokens.</summary>
    public required ILogitReader LogitReader { get; init; }

    public void Dispose()
    {
        Encoder?.Dispose();
        Forward.Dispose();
        BatchAdapters.Dispose();
        Batch.Dispose();
        Bank.Dispose();
        Cache.Dispose();
        HostHeap.ReturnFreed();
    }

    /// <summary>In eight bits an encoder's result is kept in eight bits too.</summary>
    private static EncodedRows? EncodedRowsOf(DecoderBlueprint blueprint, EngineSettings settings, EngineOptions options)
    {
        if (!settings.IsEightBit || blueprint.Encoder is null)
            return null;
        return blueprint.HeadDim > 1
            ? new EncodedRows(options.BlockTokens, blueprint.KvHeads, blueprint.HeadDim)
            : throw new ModelLoadException(options.Model, "int8 needs decoder heads of a width of at least 2; this model's are 1 wide.");
    }

    /// <summary>Kernels of our own where there are any for the machine, the type and the size; else libtorch.</summary>
    private static IEncoderPass EncoderPass(DecoderBlueprint blueprint, EngineSettings settings, DecoderWeights weights, KvCache cache, AdapterBank bank, TorchCpuLibrary? kernels, Device device, ThreadSetting threads)
    {
        if (kernels != null && settings.IsEightBit)
        {
            threads.Pool.Ensure(settings.Threads);
            return new Int8EncoderPass(blueprint, weights, cache, kernels, threads.Pool, settings.Threads);
        }

        if (kernels == null || settings.UseTorchKernels || !PackedEncoderPass.Suits(blueprint))
            return new TorchEncoderPass(blueprint, weights, cache, bank, MatrixProduct.For(kernels, settings.Threads), settings.DType, device);
        threads.Pool.Ensure(settings.Threads);
        return new PackedEncoderPass(blueprint, weights, cache, bank, kernels, threads.Pool, settings.Threads);
    }

    /// <summary>As for the encoder.</summary>
    private static IForwardPass ForwardPass(DecoderBlueprint blueprint, EngineSettings settings, DecoderWeights weights, KvCache cache, int maxPositions, TorchCpuLibrary? kernels, AdapterRows? adapterRows, Device device, ThreadSetting threads, LoraForm loraForm)
    {
        if (kernels == null || (!settings.IsEightBit && (settings.UseTorchKernels || !PackedDecoder.Suits(blueprint))))
            return new Decoder(blueprint, weights, cache, maxPositions, kernels, adapterRows, settings.Threads, settings.DType, device);
        threads.Pool.Ensure(settings.Threads);
        return new PackedDecoder(blueprint, weights, cache, maxPositions, kernels, threads.Pool, settings.Threads, loraForm);
    }

    /// <summary>The threads that have just computed the logits: others would have to wake up beside them.</summary>
    private static RowLoop RowLoop(IForwardPass forward, EngineSettings settings, TorchCpuLibrary? library, ThreadSetting threads) =>
        forward is PackedDecoder ? new PoolRowLoop(threads.Pool, settings.Threads)
        : library is null ? Kernels.Cpu.Sampling.RowLoop.Serial
        : new TorchRowLoop(library);

    /// <summary>Every linear module with its part of the stacked bias.</summary>
    private static IEnumerable<(ModuleBlueprint Blueprint, Tensor? Bias)> Modules(DecoderWeights weights)
    {
        foreach (StackedLinear stacked in weights.Layers.Concat(weights.Encoder?.Layers ?? []).SelectMany(l => l.Linears))
        {
            long row = 0;
            foreach (ModuleBlueprint module in stacked.Blueprint.Modules)
            {
                yield return (module, stacked.Bias?.narrow(0, row, module.OutFeatures).DetachFromDisposeScope());
                row += module.OutFeatures;
            }
        }
    }
}
