using FLoRA.Inference.Adapters;

namespace FLoRA.Inference;

/// <summary>The model that was loaded.</summary>
/// <param name="Id">Name of its folder, or of the folder above where it is called "model".</param>
/// <param name="Family"><c>model_type</c> of its config.json.</param>
/// <param name="VocabularySize">Entries of the embedding.</param>
/// <param name="ContextLength">Largest number of positions.</param>
/// <param name="EosTokens">The model's own end tokens.</param>
/// <param name="BosToken">First token, or null.</param>
/// <param name="ParameterCount">Numbers in its weights; a tied head counts once.</param>
public sealed record ModelInfo(string Id, string Family, int VocabularySize, int ContextLength, IReadOnlyList<int> EosTokens, int? BosToken, long ParameterCount)
{
    /// <summary>What its card says of it; empty without one.</summary>
    public FolderCard Card { get; init; } = FolderCard.Empty;

    /// <summary>What its encoder takes; null: a model of text alone.</summary>
    public AudioWindow? Audio { get; init; }
}

/// <summary>One window of audio as a speech model takes it.</summary>
/// <param name="MelBins">Bins of the log-mel spectrogram.</param>
/// <param name="Frames">Frames of 10 ms.</param>
public sealed record AudioWindow(int MelBins, int Frames)
{
    /// <summary>Layers and heads of the decoder that attends to it.</summary>
    internal (int Layers, int Heads) Decoder { get; init; }
}

/// <summary>A registered adapter.</summary>
/// <param name="Name">Name that requests use.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Rank">Nominal rank.</param>
/// <param name="RowWidth">Rows of a token in its widest module.</param>
/// <param name="ParameterCount">Trained numbers.</param>
/// <param name="Folder">Where it came from.</param>
public sealed record AdapterInfo(string Name, AdapterKind Kind, int Rank, int RowWidth, long ParameterCount, string Folder)
{
    /// <summary>SHA-256 over configuration and tensors, lower-case hex: differs when a name leads to another content; null: not known.</summary>
    public string? ContentHash { get; init; }

    /// <summary>What its card says of it; empty without one.</summary>
    public FolderCard Card { get; init; } = FolderCard.Empty;

    /// <summary>Where it is now.</summary>
    public AdapterState State { get; init; }

    /// <summary>Bytes that it takes on the device while it is resident.</summary>
    public long Bytes { get; init; }

    /// <summary>Requests that hold it, queued ones included.</summary>
    public int References { get; init; }

    /// <summary>Whether it stays resident though nobody runs with it.</summary>
    public bool IsPinned { get; init; }

    /// <summary>When a request asked for it last; null: none has yet.</summary>
    public DateTimeOffset? LastUsed { get; init; }
}

/// <summary>Where a registered adapter is.</summary>
public enum AdapterState
{
    /// <summary>Known by name; its numbers are read from its folder when it is asked for.</summary>
    Registered,

    /// <summary>Known by name, and its folder is being read.</summary>
    Loading,

    /// <summary>In host memory.</summary>
    Host,

    /// <summary>On the device, with a copy in host memory.</summary>
    Resident,
}

/// <summary>What an engine holds of its adapters, and what it has done for that. The base model takes nothing of it.</summary>
public sealed record AdapterStoreInfo
{
    /// <summary>Names that requests may use; any number.</summary>
    public required int Registered { get; init; }

    /// <summary>Adapters with a copy in host memory, replaced ones that requests still hold included.</summary>
    public required int HostCached { get; init; }

    /// <summary>Bytes of these copies.</summary>
    public required long HostBytes { get; init; }

    /// <summary>Budget for them.</summary>
    public required long HostByteBudget { get; init; }

    /// <summary>Adapters on the device.</summary>
    public required int Resident { get; init; }

    /// <summary>Their bytes there.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Budget for them.</summary>
    public required long ResidentByteBudget { get; init; }

    /// <summary>Folders that are being read.</summary>
    public required int Loading { get; init; }

    /// <summary>Admissions of requests that found their adapter resident.</summary>
    public required long Hits { get; init; }

    /// <summary>Adapters that were copied to the device.</summary>
    public required long Installs { get; init; }

    /// <summary>Time that copying took, on the engine thread between two steps.</summary>
    public required TimeSpan InstallTime { get; init; }

    /// <summary>Adapters that made room for others there.</summary>
    public required long Evictions { get; init; }

    /// <summary>Folders that were read.</summary>
    public required long Reads { get; init; }

    /// <summary>Time that reading took, summed over the folders.</summary>
    public required TimeSpan ReadTime { get; init; }
}

/// <summary>What an engine runs on and its budgets.</summary>
/// <param name="Device">"cpu" or "cuda".</param>
/// <param name="DType">"float32", "bfloat16" or "float16".</param>
/// <param name="Threads">Kernel threads.</param>
/// <param name="MaxRows">Row budget of a step.</param>
/// <param name="MaxSequences">Sequences at the same time.</param>
/// <param name="KvTokens">Tokens in the key/value cache.</param>
/// <param name="BlockTokens">Tokens in a block of it.</param>
public sealed record EngineInfo(string Device, string DType, int Threads, int MaxRows, int MaxSequences, int KvTokens, int BlockTokens);

/// <summary>Log-probabilities of a given text.</summary>
/// <param name="Logprobs">For tokens[1..]: n - 1 numbers, of the raw logits.</param>
/// <param name="Top">The 8 best ids and logits after the last token, best first.</param>
public sealed record ScoreResult(IReadOnlyList<float> Logprobs, IReadOnlyList<(int Id, float Logit)> Top)
{
    /// <summary>Number that the engine gave the request; the one in <see cref="StepTrace"/>.</summary>
    public long RequestId { get; init; }
}
