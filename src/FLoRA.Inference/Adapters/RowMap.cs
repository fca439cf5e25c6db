using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>Consecutive tokens that need the same number of rows in a module.</summary>
internal readonly record struct RowRun(int TokenCount, int RowsPerToken);

/// <summary>Rows that follow one another and are multiplied by one weight.</summary>
/// <param name="First">First row.</param>
/// <param name="Count">Rows.</param>
/// <param name="Adapter">What the weight is formed with; null: it is the model's own.</param>
internal readonly record struct WeightRun(int First, int Count, InstalledAdapter? Adapter);

/// <summary>
/// Row -> (token, bank row) for the scaled tokens of a step, for every module of one rank signature. The scaled tokens are the
/// first <see cref="ScaledTokens"/> of the flat token axis; the tokens after them take one plain row each.
/// </summary>
internal sealed class RowMap : IDisposable
{
    /// <param name="entries">The sequences whose adapter scales rows.</param>
    /// <param name="module">Index of the module.</param>
    /// <param name="tokenCount">Tokens of the whole step.</param>
    /// <param name="scales">Sides that some entry scales.</param>
    /// <param name="device">Where the index tensors go.</param>
    public RowMap(IReadOnlyList<AdapterTokens> entries, int module, int tokenCount, ModuleScales scales, Device device)
    {
        ScaledTokens = entries.Sum(e => e.Tokens);
        TokenCount = tokenCount;
        Scales = scales;
        var runs = new List<RowRun>();
        var weights = new List<WeightRun>();
        int firstRow = 0;
        foreach (AdapterTokens entry in entries)
        {
            int perToken = Math.Max(entry.Adapter!.RowCounts[module], 1), formed = perToken > 1 ? entry.Formed : 0, plain = entry.Tokens - formed;
            Add(runs, formed, 1);
            Add(runs, plain, perToken);
            AddWeight(formed, entry.Adapter);
            AddWeight(plain * perToken, null);
        }

        AddWeight(tokenCount - ScaledTokens, null);
        Runs = runs;
        Weights = weights;
        void AddWeight(int count, InstalledAdapter? adapter)
        {
            if (count > 0 && weights.Count > 0 && weights[^1].Adapter is null && adapter is null)
                weights[^1] = weights[^1] with { Count = weights[^1].Count + count };
            else if (count > 0)
                weights.Add(new WeightRun(firstRow, count, adapter));
            firstRow += count;
        }

        ScaledRows = runs.Sum(r => r.TokenCount * r.RowsPerToken);
        var tokenOfRow = new long[ScaledRows + tokenCount - ScaledTokens];
        var bankRowOfRow = new long[ScaledRows];
        var bankRowOfToken = new long[ScaledTokens];
        var firstRowOfToken = new long[tokenCount + 1];
        int row = 0, token = 0;
        foreach (AdapterTokens entry in entries)
        {
            int rows = entry.Adapter!.RowCounts[module], bankRow = entry.Adapter.RowStart;
            for (int t = 0; t < entry.Tokens; t++, token++)
            {
                bool isFormed = rows > 1 && t < entry.Formed;
                bankRowOfToken[token] = rows == 0 ? 0 : bankRow;
                firstRowOfToken[token] = row;
                for (int i = 0; i < (isFormed ? 1 : Math.Max(rows, 1)); i++, row++)
                {
                    tokenOfRow[row] = token;
                    bankRowOfRow[row] = rows == 0 || isFormed ? 0 : bankRow + i; // the neutral row
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

    /// <summary>All rows by the weight that they are multiplied with, in order.</summary>
    public IReadOnlyList<WeightRun> Weights { get; }

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

    private static void Add(List<RowRun> runs, int tokens, int perToken)
    {
        if (tokens > 0 && runs.Count > 0 && runs[^1].RowsPerToken == perToken)
            runs[^1] = runs[^1] with { TokenCount = runs[^1].TokenCount + tokens };
        else if (tokens > 0)
            runs.Add(new RowRun(tokens, perToken));
    }
}
