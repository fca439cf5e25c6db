using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>What text and speech models have in common: <see cref="FloraOptions"/> and <see cref="FloraSpeechOptions"/>.</summary>
public abstract class FloraEngineOptions
{
    private protected FloraEngineOptions()
    {
    }

    /// <summary>Folder of the model in the Hugging Face layout. Required.</summary>
    public string Model { get; set; } = "";

    /// <summary>Adapters: name -> folder in PEFT's layout.</summary>
    public Dictionary<string, string> Adapters { get; set; } = [];

    /// <summary>Folders whose sub-folders are each an adapter of that name.</summary>
    public IList<string> AdapterFolders { get; set; } = [];

    /// <summary>
    /// Folder whose direct children are adapters that a call may name without their being registered: read on first use. A name is never a path; what leads out of the folder is refused. Null: none.
    /// </summary>
    public string? AdapterRoot { get; set; }

    /// <summary>Names out of <see cref="AdapterRoot"/> that are read at start.</summary>
    public IList<string> PreloadAdapters { get; set; } = [];

    /// <summary>Names of adapters that stay on the device though nobody runs with them.</summary>
    public IList<string> PinnedAdapters { get; set; } = [];

    /// <summary>Bytes that adapters have on the device, the longest unused making room for others; null: a sixteenth of the machine's memory.</summary>
    public long? AdapterBytes { get; set; }

    /// <summary>Bytes for copies of adapters in host memory, the longest unused dropped and read again when asked for; null: an eighth of the machine's memory.</summary>
    public long? AdapterHostBytes { get; set; }

    /// <summary>
    /// Adapter of a kernel function that names none itself: "Plugin.Function" or "Plugin.*" -> name of an adapter.
    /// The exact entry wins over the wildcard.
    /// </summary>
    public Dictionary<string, string> FunctionAdapters { get; set; } = [];

    /// <summary>Adapter of a call for which nothing else names one; null: the base model.</summary>
    public string? DefaultAdapter { get; set; }

    /// <summary>True: a call for which nothing names an adapter is an error instead of the base model's answer.</summary>
    public bool RequireAdapter { get; set; }

    /// <summary>"auto" (CUDA where there is one), "cpu" or "cuda".</summary>
    public string Device { get; set; } = "auto";

    /// <summary>"float32", "bfloat16" or "float16".</summary>
    public string DType { get; set; } = "float32";

    /// <summary>Kernel threads; null: the number of processors.</summary>
    public int? Threads { get; set; }

    /// <summary>Row budget of one step of the engine.</summary>
    public int MaxRows { get; set; } = 256;

    /// <summary>Sequences that run at the same time; more wait in the queue.</summary>
    public int MaxSequences { get; set; } = 64;

    /// <summary>Tokens of the key/value cache, for all sequences together; null: from the memory budget.</summary>
    public int? KvTokens { get; set; }

    /// <summary>How much may wait; more is refused with <see cref="EngineOverloadedException"/>.</summary>
    public FloraQueueOptions Queue { get; set; } = new();

    /// <summary>What happens around opening a stream: timeout, retry on overload, circuit breaker.</summary>
    public FloraResilienceOptions Resilience { get; set; } = new();

    /// <summary>What happens when the device is lost.</summary>
    public FloraRestartOptions Restart { get; set; } = new();

    /// <summary>
    /// With a host: true loads model and adapters and runs a first short request before the host has started, so that nobody waits for it
    /// later. False: the first call loads. Without a host the first call loads in any case.
    /// </summary>
    public bool WarmUp { get; set; } = true;

    /// <summary>
    /// With a host: how long calls that run may go on when it stops. What is left after that ends with <see cref="ObjectDisposedException"/>.
    /// The host's own <c>ShutdownTimeout</c> (30 s unless set) bounds it too.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Code only: called on the engine thread after every step; must be quick and must not throw.</summary>
    public Action<StepTrace>? Trace { get; set; }

    /// <summary>Code only: called with fractions 0..1 while the weights load, from another thread.</summary>
    public Action<double>? LoadProgress { get; set; }

    /// <summary>A copy that later changes do not reach.</summary>
    private protected TOptions CopyAs<TOptions>()
        where TOptions : FloraEngineOptions
    {
        var copy = (TOptions)MemberwiseClone();
        copy.Adapters = new(Adapters);
        copy.AdapterFolders = [.. AdapterFolders];
        copy.PreloadAdapters = [.. PreloadAdapters];
        copy.PinnedAdapters = [.. PinnedAdapters];
        copy.FunctionAdapters = new(FunctionAdapters);
        copy.Queue = Queue.Copy();
        copy.Resilience = Resilience.Copy();
        copy.Restart = Restart.Copy();
        return copy;
    }
}
