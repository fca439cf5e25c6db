namespace FLoRA.Inference.Adapters;

/// <summary>What an adapter folder holds.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Rank">Nominal rank of the configuration (IA3: 1).</param>
/// <param name="RowWidth">Rows of a token in its widest module: fLoRA r, HiRA r + 1, IA3 and LoRA 1.</param>
/// <param name="ParameterCount">Trained numbers.</param>
/// <param name="ContentHash">SHA-256 over configuration and tensors, lower-case hex.</param>
/// <param name="Modules">The modules it changes: in the model's order, or by name where no model was given.</param>
public sealed record AdapterSummary(
    string Folder, AdapterKind Kind, int Rank, int RowWidth, long ParameterCount, string ContentHash, IReadOnlyList<AdapterModuleSummary> Modules)
{
    /// <summary>What its card says of it; empty without one.</summary>
    public FolderCard Card { get; init; } = FolderCard.Empty;
}

/// <summary>One module of an adapter.</summary>
/// <param name="Path">Module path.</param>
/// <param name="RowCount">Rows of a token through the base product.</param>
/// <param name="AdditiveRank">Rank of the additive pair (LoRA), else 0.</param>
public sealed record AdapterModuleSummary(string Path, int RowCount, int AdditiveRank);
