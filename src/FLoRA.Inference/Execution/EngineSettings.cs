using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Execution;

/// <summary>The options, checked and resolved.</summary>
internal sealed record EngineSettings
{
    private const int MostThreads = 1024;
    private const double CacheShareOfFreeMemory = 0.25;
    private const int AdapterShareOfMemory = 16, AdapterHostShareOfMemory = 8;

    /// <summary>Type of weights and computation.</summary>
    public required ScalarType DType { get; init; }

    /// <summary>Its name.</summary>
    public required string DTypeName { get; init; }

    /// <summary>Whether matrices are rounded to eight bits; everything else is float32.</summary>
    public bool IsEightBit => DTypeName == "int8";

    /// <summary>"auto", "cpu" or "cuda"; resolved when libtorch is loaded.</summary>
    public required string Device { get; init; }

    /// <summary>Kernel threads.</summary>
    public required int Threads { get; init; }

    /// <summary>See <see cref="EngineOptions.UseTorchKernels"/>.</summary>
    public required bool UseTorchKernels { get; init; }

    /// <summary>Bytes of adapters on the device.</summary>
    public required long AdapterBytes { get; init; }

    /// <summary>Bytes of their copies in host memory.</summary>
    public required long AdapterHostBytes { get; init; }

    /// <summary>Checks everything that needs no model.</summary>
    /// <exception cref="ArgumentException">Lists every error.</exception>
    public static EngineSettings From(EngineOptions options)
    {
        var errors = new List<string>();
        void Require(bool good, string error)
        {
            if (!good)
                errors.Add(error);
        }

        Require(!string.IsNullOrWhiteSpace(options.Model), "Model: expected a folder, got nothing");
        Require(options.Device is "auto" or "cpu" or "cuda", $"Device: expected auto, cpu or cuda, got '{options.Device}'");
        Require(options.DType is "float32" or "bfloat16" or "float16" or "int8", $"DType: expected float32, bfloat16, float16 or int8, got '{options.DType}'");
        Require(options.DType != "int8" || options.Device != "cuda", "DType: int8 runs on the CPU; expected Device cpu or auto, got cuda");
        Require(options.DType != "int8" || PanelShape.Columns > 0, "DType: int8 needs a processor with AVX2; this one has none");
        Require(options.Threads is null or (>= 1 and <= MostThreads), $"Threads: expected 1 to {MostThreads}, got {options.Threads}");
        Require(options.MaxRows >= 1, $"MaxRows: expected at least 1, got {options.MaxRows}");
        Require(options.MaxSequences >= 1, $"MaxSequences: expected at least 1, got {options.MaxSequences}");
        Require(options.BlockTokens >= 1, $"BlockTokens: expected at least 1, got {options.BlockTokens}");
        Require(options.KvTokens is null || options.KvTokens >= options.BlockTokens, $"KvTokens: expected at least one block of {options.BlockTokens}, got {options.KvTokens}");
        Require(options.MaxQueuedRequests is null or >= 1, $"MaxQueuedRequests (Queue.MaxRequests): expected at least 1, or nothing for any number; got {options.MaxQueuedRequests}");
        Require(options.MaxQueuedTokens is null or >= 1, $"MaxQueuedTokens (Queue.MaxTokens): expected at least 1, or nothing for any number; got {options.MaxQueuedTokens}");
        Require(options.AdapterBytes is null or >= 1, $"AdapterBytes: expected at least 1, got {options.AdapterBytes}");
        Require(options.AdapterHostBytes is null or >= 0, $"AdapterHostBytes: expected at least 0, got {options.AdapterHostBytes}");
        Require(options.PreloadAdapters.Count == 0 || options.AdapterRoot is not null, "PreloadAdapters: names of sub-folders of AdapterRoot, which is not given");
        Require(options.LostAfterFailedSteps is null or >= 1, $"LostAfterFailedSteps (Restart.FailedSteps): expected at least 1, or nothing for never; got {options.LostAfterFailedSteps}");
        foreach ((string name, string folder) in options.Adapters)
            Require(!string.IsNullOrWhiteSpace(name) && !string.IsNullOrWhiteSpace(folder), $"Adapters: expected name and folder, got '{name}' = '{folder}'");
        if (errors.Count > 0)
            throw new ArgumentException($"The engine's options are wrong: {string.Join("; ", errors)}.");

        return new EngineSettings
        {
            DTypeName = options.DType,
            DType = options.DType switch
            {
                "bfloat16" => ScalarType.BFloat16,
                "float16" => ScalarType.Float16,
                _ => ScalarType.Float32,
            },
            Device = options.DType == "int8" ? "cpu" : options.Device,
            Threads = options.Threads ?? Environment.ProcessorCount,
            UseTorchKernels = options.UseTorchKernels,
            AdapterBytes = options.AdapterBytes ?? Math.Max(1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / AdapterShareOfMemory),
            AdapterHostBytes = options.AdapterHostBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / AdapterHostShareOfMemory,
        };
    }

    /// <summary>How adapters lie in the bank of a model.</summary>
    public BankLayout BankLayoutOf(DecoderBlueprint model, LoraForm form) =>
        new(model.Modules, IsEightBit ? BankTypes.OfEightBit(form) : BankTypes.Of(DType), keepsNumbers: IsEightBit && model.Encoder is not null);

    /// <summary>Blocks of the cache: what was asked for, else all sequences at full context within a quarter of the free memory.</summary>
    /// <param name="options">The engine's options.</param>
    /// <param name="model">The model.</param>
    /// <param name="memory">Of the device, bytes: the machine's, or what a GPU has free.</param>
    /// <exception cref="ArgumentException">More was asked for than there is.</exception>
    public int CacheBlocks(EngineOptions options, DecoderBlueprint model, long memory)
    {
        long bytesPerToken = 2L * model.KvHeads * model.HeadDim * model.Layers.Count * (DType == ScalarType.Float32 ? sizeof(float) : sizeof(ushort));
        if (options.KvTokens is { } asked)
        {
            if (asked > memory / bytesPerToken)
                throw new ArgumentException($"KvTokens (--kv-tokens): {asked} tokens of {bytesPerToken} bytes need {(double)asked * bytesPerToken / (1 << 30):F1} GiB; the machine has {(double)memory / (1 << 30):F1} GiB.");
            RequireRoomForAudio(asked, options, model, bytesPerToken);
            return asked / options.BlockTokens;
        }

        int perSequence = model.ContextLength + EncoderTokens(options, model);
        long wanted = (long)options.MaxSequences * perSequence;
        long affordable = (long)(memory * CacheShareOfFreeMemory) / bytesPerToken;
        long tokens = Math.Min(wanted, Math.Max(affordable, model.Encoder is null ? Math.Min(model.ContextLength, 1024) : perSequence));
        return (int)Math.Clamp(tokens / options.BlockTokens, 1, int.MaxValue / 2);
    }

    /// <summary>Places of the cache that one recording's cross-attention takes; 0 for models of text alone.</summary>
    private static int EncoderTokens(EngineOptions options, DecoderBlueprint model) =>
        model.Encoder is { } encoder ? (encoder.Positions + options.BlockTokens - 1) / options.BlockTokens * options.BlockTokens : 0;

    private static void RequireRoomForAudio(int asked, EngineOptions options, DecoderBlueprint model, long bytesPerToken)
    {
        int audio = EncoderTokens(options, model);
        if (audio > 0 && asked < audio + options.BlockTokens)
            throw new ArgumentException($"KvTokens (--kv-tokens): {asked} tokens; one recording takes {audio} for its cross-attention ({audio * bytesPerToken / (1 << 20)} MiB) and at least {options.BlockTokens} for its text: give {audio + model.ContextLength} or more per recording.");
    }
}
