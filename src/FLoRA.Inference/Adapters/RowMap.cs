using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>Consecutive tokens that need the same number of rows in a module.</summary>
internal readonly record struct RowRun(int TokenCount, int RowsPerToken);

/// <summary>
/// Row -> (token, bank row) for the scaled tokens of a step, for every module of one rank signature. The scaled tokens are the
/// first <see cref="ScaledTokens"/> of the flat token axis; the tokens after them take one plain row each.
/// </summary>
internal sealed class RowMap : IDisposable
{
    /// <param name="entries">Per sequence: its tokens, its rows per token in this module (0: not targeted) and its first bank row.</param>
    /// <param name="tokenCount">Tokens of the whole step.</param>
    /// <param name="scales">Sides that some entry scales.</param>
    /// <param name="device">Where the index tensors go.</param>
    public RowMap(IReadOnlyList<(int TokenCount, int RowsPerToken, int BankRow)> entries, int tokenCount, ModuleScales scales, Device device)
    {
        ScaledTokens = entries.Sum(e => e.TokenCount);
        TokenCount = tokenCount;
        Scales = scales;
        var runs = new List<RowRun>();
        foreach ((int tokens, int rows, _) in entries)
        {
            int perToken = Math.Max(rows, 1);
            if (runs.Count > 0 && runs[^1].RowsPerToken == perToken)
                runs[^1] = runs[^1] with { TokenCount = runs[^1].TokenCount + tokens };
            else
                runs.Add(new RowRun(tokens, perToken));
        }

        Runs = runs;
        ScaledRows = runs.Sum(r => r.TokenCount * r.RowsPerToken);
        var tokenOfRow = new long[ScaledRows + tokenCount - ScaledTokens];
        var bankRowOfRow = new long[ScaledRows];
        var bankRowOfToken = new long[ScaledTokens];
        var firstRowOfToken = new long[tokenCount + 1];
        int row = 0, token = 0;
        foreach ((int tokens, int rows, int bankRow) in entries)
        {
            for (int t = 0; t < tokens; t++, token++)
            {
                bankRowOfToken[token] = rows == 0 ? 0 : bankRow;
                firstRowOfToken[token] = row;
                for (int i = 0; i < Math.Max(rows, 1); i++, row++)
                {
                    tokenOfRow[row] = token;
                    bankRowOfRow[row] = rows == 0 ? 0 : bankRow + i;
                }
            }
        }

        for (; token < tokenCount; token++, row++)
        {
            tokenOfRow[row] = token;
            firstRowOfToken[token] = row;
        }

        firstRowOfToken[tokenCount] = row;
        using var scope = NewDisposeScope();
        TokenOfRow = tensor(tokenOfRow, device: device).DetachFromDisposeScope();
        BankRowOfRow = tensor(bankRowOfRow, device: device).DetachFromDisposeScope();
        BankRowOfToken = tensor(bankRowOfToken, device: device).DetachFromDisposeScope();
        FirstRowOfToken = tensor(firstRowOfToken, device: device).DetachFromDisposeScope();
    }

    /// <summary>Tokens of the step.</summary>
    public int TokenCount { get; }

    /// <summary>Leading tokens whose sequence has an adapter that scales rows.</summary>
    public int ScaledTokens { get; }

    /// <summary>Rows of those tokens in this module.</summary>
    public int ScaledRows { get; }

    /// <summary>Rows of all tokens.</summary>
    public int RowCount => ScaledRows + TokenCount - ScaledTokens;

    /// <summary>The scaled tokens by equal row counts, in order.</summary>
    public IReadOnlyList<RowRun> Runs { get; }

    /// <summary>Sides that some sequence scales.</summary>
    public ModuleScales Scales { get; }

    /// <summary>int64 [RowCount].</summary>
    public Tensor TokenOfRow { get; }

    /// <summary>int64 [ScaledRows].</summary>
    public Tensor BankRowOfRow { get; }

    /// <summary>int64 [ScaledTokens]: an adapter's first row.</summary>
    public Tensor BankRowOfToken { get; }

    /// <summary>int64 [TokenCount + 1]: prefix sums of the rows per token.</summary>
    public Tensor FirstRowOfToken { get; }

    public void Dispose()
    {
        FirstRowOfToken.Dispose();
        TokenOfRow.Dispose();
        BankRowOfRow.Dispose();
        BankRowOfToken.Dispose();
    }
}
