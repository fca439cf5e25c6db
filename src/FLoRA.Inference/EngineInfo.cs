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
