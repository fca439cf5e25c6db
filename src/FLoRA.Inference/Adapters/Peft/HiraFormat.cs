namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// HiRA: y = (W0 + W0 * (B A)) x + b, hira_A [r, in], hira_B [out, r], no alpha. W0 * (B A) = sum_i diag(B[:, i]) W0 diag(A[i]), so it is
/// r + 1 rows under the sum: a row of ones for the base, then A_i = hira_B[:, i], B_i = hira_A[i].
/// </summary>
internal sealed class HiraFormat : AdapterFormat
{
    private const string TensorA = "hira_A";
    private const string TensorB = "hira_B";
    private readonly int _rank;
    private readonly PatternTable _ranks;

    private HiraFormat(int rank, PatternTable ranks)
    {
        _rank = rank;
        _ranks = ranks;
    }

    /// <inheritdoc/>
    public override AdapterKind Kind => AdapterKind.Hira;

    /// <inheritdoc/>
    public override int NominalRank => _rank;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TensorNames => [TensorA, TensorB];

    /// <summary>Reads r and rank_pattern.</summary>
    public static new HiraFormat? Read(PeftOptions options, ProblemList problems)
    {
        var rank = options.Integer("r", minimum: 1);
        var ranks = PatternTable.ReadRanks(options, problems);
        return rank is null ? null : new HiraFormat(rank.Value, ranks);
    }

    /// <inheritdoc/>
    public override ModuleAdapter? Fold(ModuleTarget module, AdapterTensors tensors)
    {
        var rank = (int)_ranks.Value(module.Path, _rank);
        var a = tensors.Take(module.Path, TensorA, new("r", rank), module.In);
        var b = tensors.Take(module.Path, TensorB, module.Out, new("r", rank));
        if (a is null || b is null)
            return null;
        var (inFeatures, outFeatures) = (a.Length / rank, b.Length / rank);
        var input = new float[(rank + 1) * inFeatures];
        input.AsSpan(0, inFeatures).Fill(1);
        a.CopyTo(input, inFeatures);
        var output = new float[(rank + 1) * outFeatures];
        output.AsSpan(0, outFeatures).Fill(1);
        for (var i = 0; i < rank; i++)
        {
            for (var o = 0; o < outFeatures; o++)
                output[((i + 1) * outFeatures) + o] = b[(o * rank) + i];
        }

        return new ModuleAdapter { Path = module.Path, RowCount = rank + 1, OutputScale = output, InputScale = input };
    }
}
