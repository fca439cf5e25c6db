using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference;

/// <summary>What an <see cref="Engine"/> is built from. Validated once, with every error listed, then copied.</summary>
public sealed record EngineOptions
{
    /// <summary>Folder of the model in the Hugging Face layout (config.json, safetensors).</summary>
    public required string Model { get; init; }

    /// <summary>Adapters registered at start: name -> folder in PEFT's layout.</summary>
    public IReadOnlyDictionary<string, string> Adapters { get; init; } = new Dictionary<string, string>();

    /// <summary>Folders whose sub-folders are each an adapter of that name.</summary>
    public IReadOnlyList<string> AdapterFolders { get; init; } = [];

    /// <summary>
    /// Folder whose direct children are adapters that a request may name without their being registered: read on first use. Only names of children whose files lie inside of the folder are taken. Null: none.
    /// </summary>
    public string? AdapterRoot { get; init; }

    /// <summary>Names out of <see cref="AdapterRoot"/> that are read at start.</summary>
    public IReadOnlyList<string> PreloadAdapters { get; init; } = [];

    /// <summary>Names of adapters that stay resident though nobody runs with them.</summary>
    public IReadOnlyList<string> PinnedAdapters { get; init; } = [];

    /// <summary>Bytes that adapters have on the device; beyond it the longest unused makes room. Null: a sixteenth of the machine's memory.</summary>
    public long? AdapterBytes { get; init; }

    /// <summary>
    /// Bytes for copies of adapters in host memory; beyond it the longest unused that is neither resident nor asked for is dropped, and read from its folder again when it is asked for. Null: an eighth of the
    /// machine's memory.
    /// </summary>
    public long? AdapterHostBytes { get; init; }

    /// <summary>"auto" (CUDA where there is one), "cpu" or "cuda".</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Type of the weights and of the computation: "float32", "bfloat16", "float16", or on the CPU "int8": matrices of eight bits, everything else float32.</summary>
    public string DType { get; init; } = "float32";

    /// <summary>Kernel threads; null: the number of processors.</summary>
    public int? Threads { get; init; }

    /// <summary>Engines with the same object share one engine thread per device; null: a thread of its own.</summary>
    public EngineThreads? SharedThreads { get; init; }

    /// <summary>Row budget of one step: sum over its sequences of tokens x row width.</summary>
    public int MaxRows { get; init; } = 256;

    /// <summary>Sequences that run at the same time.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>Tokens that the key/value cache holds for all sequences together; null: from the memory budget.</summary>
    public int? KvTokens { get; init; }

    /// <summary>Tokens in one block of the key/value cache.</summary>
    public int BlockTokens { get; init; } = 16;

    /// <summary>Prompts with equal beginnings under one adapter are computed once: full blocks of the key/value cache are shared, and kept until their place is needed.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Requests that may wait for their first admission; one more is refused (<see cref="EngineOverloadedException"/>). Null: any number.</summary>
    public int? MaxQueuedRequests { get; init; }

    /// <summary>Prompt tokens of the waiting requests together. A single request is taken whatever its length. Null: any number.</summary>
    public int? MaxQueuedTokens { get; init; }

    /// <summary>
    /// So many steps that fail one after the other mean that the device is lost (<see cref="Engine.Lost"/>), as one failure does of which CUDA does not
    /// recover. Null: however many fail, each fails its own sequences only.
    /// </summary>
    public int? LostAfterFailedSteps { get; init; } = 3;

    /// <summary>Called on the engine thread after every step; must be quick. One that throws is not called again, and harms no request (<see cref="Engine.TraceFault"/>).</summary>
    public Action<StepTrace>? Trace { get; init; }

    /// <summary>Called with fractions 0..1 while the weights load, from the engine thread. Loading ends with what it throws.</summary>
    public Action<double>? LoadProgress { get; init; }

    /// <summary>For measurements: random weights at the shapes of the model's config.json; no weights are read.</summary>
    internal bool RandomWeights { get; init; }

    /// <summary>For tests: what computes the steps in place of the model's own forward pass, such as one around it that fails in a chosen step. Disposes of what it was given.</summary>
    internal Func<IForwardPass, IForwardPass>? DecorateForward { get; init; }

    /// <summary>For tests: libtorch's composition of the model also where kernels of our own would do.</summary>
    internal bool UseTorchKernels { get; init; }

    /// <summary>For measurements: how LoRA is computed.</summary>
    internal LoraForm LoraForm { get; init; }

    /// <summary>For tests: called after every unit of encoder work, before it counts, with what is in it. What it throws is a fault of the encoder.</summary>
    internal Action<IReadOnlyList<AudioEncoding>>? AfterEncoding { get; init; }
}
