namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// fLoRA (Wen and Chaudhuri, ICLR 2024): y = reduce_i A_i * (W0 (B_i * x)) + b, flora_A [r, out], flora_B [r, in]; reduce is the mean
/// over the module's own rank, or the sum.
/// </summary>
internal sealed class FloraFormat : AdapterFormat
{
    private const string TensorA = "flora_A.weight";
    private const string TensorB = "flora_B.weight";
    private readonly int _rank;
    private readonly bool _isMean;
    private readonly PatternTable _ranks;

    private FloraFormat(int rank, bool isMean, PatternTable ranks)
    {
        _rank = rank;
        _isMean = isMean;
        _ranks = ranks;
    }

    /// <inheritdoc/>
    public override AdapterKind Kind => AdapterKind.Flora;

    /// <inheritdoc/>
    public override int NominalRank => _rank;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TensorNames => [TensorA, TensorB];

    /// <summary>Reads r, reduction and rank_pattern.</summary>
    public static new FloraFormat? Read(PeftOptions options, ProblemList problems)
    {
        var rank = options.Integer("r", minimum: 1);
        var reduction = options.Choice("reduction", "mean", "sum");
        var ranks = PatternTable.ReadRanks(options, problems);
        return rank is null || reduction is null ? null : new FloraFormat(rank.Value, reduction == "mean", ranks);
    }

    /// <inheritdoc/>
    public override ModuleAdapter? Fold(ModuleTarget module, AdapterTensors tensors)
    {
        var rank = (int)_ranks.Value(module.Path, _rank);
        var a = tensors.Take(module.Path, TensorA, new("r", rank), module.Out);
        var b = tensors.Take(module.Path, TensorB, new("r", rank), module.In);
        if (a is null || b is null)
            return null;
        if (_isMean)
        {
            for (var i = 0; i < a.Length; i++)
                a[i] /= rank;
        }

        return new ModuleAdapter { Path = module.Path, RowCount = rank, OutputScale = a, InputScale = b };
    }
}
