using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// LoRA in a batch, for every module of one rank signature: the pairs of all adapters present are laid side by side, and a
/// mask keeps each token to its own columns. Two products for any number of adapters; sums run in a fixed order.
/// </summary>
internal sealed class AdditiveMap : IDisposable
{
    /// <param name="entries">Per sequence in token order: tokens, rank in this module, first additive bank row.</param>
    /// <param name="firstToken">First token of the additive range.</param>
    /// <param name="device">Where the tensors go.</param>
    public AdditiveMap(IReadOnlyList<(int TokenCount, int Rank, int BankRow)> entries, int firstToken, Device device)
    {
        FirstToken = firstToken;
        TokenCount = entries.Sum(e => e.TokenCount);
        var columnOf = new Dictionary<int, int>();
        var bankRows = new List<long>();
        foreach ((_, int rank, int bankRow) in entries)
        {
            if (rank == 0 || !columnOf.TryAdd(bankRow, bankRows.Count))
                continue;
            for (int i = 0; i < rank; i++)
                bankRows.Add(bankRow + i);
        }

        var foreign = new bool[TokenCount * bankRows.Count];
        Array.Fill(foreign, true);
        int token = 0;
        foreach ((int tokens, int rank, int bankRow) in entries)
        {
            for (int t = 0; t < tokens; t++, token++)
            {
                if (rank > 0)
                    foreign.AsSpan(token * bankRows.Count + columnOf[bankRow], rank).Clear();
            }
        }

        using var scope = NewDisposeScope();
        BankRows = tensor(bankRows.ToArray(), device: device).DetachFromDisposeScope();
        Foreign = tensor(foreign, TokenCount, bankRows.Count, device: device).DetachFromDisposeScope();
    }

    /// <summary>First token of the range.</summary>
    public int FirstToken { get; }

    /// <summary>Tokens of the range.</summary>
    public int TokenCount { get; }

    /// <summary>int64 [columns]: bank row per column.</summary>
    public Tensor BankRows { get; }

    /// <summary>bool [TokenCount, columns]: true where the column belongs to another adapter than the token's. To be filled, not multiplied: a product with another's D may be infinite, and 0 x infinity is NaN.</summary>
    public Tensor Foreign { get; }

    public void Dispose()
    {
        BankRows.Dispose();
        Foreign.Dispose();
    }
}
