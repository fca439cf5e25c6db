using System.Text.Json;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// LoRA and rsLoRA: y = W0 x + b + s B (A x), lora_A [r, in], lora_B [out, r], s = alpha / r, or alpha / sqrt r with use_rslora.
/// One row through the base product, and the additive pair D = A, U = s B.
/// </summary>
internal sealed class LoraFormat : AdapterFormat
{
    private const string TensorA = "lora_A.weight";
    private const string TensorB = "lora_B.weight";

    /// <summary>Initialisations that leave the base model alone; the others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA ...) subtract from it or quantise it.</summary>
    private static readonly string[] PlainInitialisations = ["gaussian", "eva", "orthogonal"];

    private readonly int _rank;
    private readonly double _alpha;
    private readonly bool _isRankStabilized;
    private readonly PatternTable _ranks;
    private readonly PatternTable _alphas;
    private readonly ProblemList _problems;

    private LoraFormat(int rank, double alpha, bool isRankStabilized, PatternTable ranks, PatternTable alphas, ProblemList problems)
    {
        _rank = rank;
        _alpha = alpha;
        _isRankStabilized = isRankStabilized;
        _ranks = ranks;
        _alphas = alphas;
        _problems = problems;
    }

    /// <inheritdoc/>
    public override AdapterKind Kind => AdapterKind.Lora;

    /// <inheritdoc/>
    public override int NominalRank => _rank;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TensorNames => [TensorA, TensorB];

    /// <summary>Reads r, lora_alpha, use_rslora, both patterns and init_lora_weights.</summary>
    public static new LoraFormat? Read(PeftOptions options, ProblemList problems)
    {
        var rank = options.Integer("r", minimum: 1);
        var alpha = options.Number("lora_alpha");
        var isRankStabilized = options.Flag("use_rslora");
        var ranks = PatternTable.ReadRanks(options, problems);
        var alphas = PatternTable.ReadAlphas(options, problems);
        RefuseChangedBase(options, problems);
        return rank is null || alpha is null ? null : new LoraFormat(rank.Value, alpha.Value, isRankStabilized, ranks, alphas, problems);
    }

    /// <inheritdoc/>
    public override ModuleAdapter? Fold(ModuleTarget module, AdapterTensors tensors)
    {
        var rank = (int)_ranks.Value(module.Path, _rank);
        var alpha = _alphas.Value(module.Path, _alpha);
        var down = tensors.Take(module.Path, TensorA, new("r", rank), module.In);
        var up = tensors.Take(module.Path, TensorB, module.Out, new("r", rank));
        if (down is null || up is null)
            return null;
        var scale = alpha / (_isRankStabilized ? Math.Sqrt(rank) : rank);
        for (var i = 0; i < up.Length; i++)
            up[i] = (float)(up[i] * scale);
        if (!up.All(float.IsFinite))
        {
            _problems.Add($"module '{module.Path}': {TensorB} times the scale {scale} is not finite in float32");
            return null;
        }

        return new ModuleAdapter { Path = module.Path, RowCount = 1, AdditiveRank = rank, Down = down, Up = up };
    }

    private static void RefuseChangedBase(PeftOptions options, ProblemList problems)
    {
        const string option = "init_lora_weights";
        if (options.Value(option) is not { } value || value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return;
        if (value.ValueKind != JsonValueKind.String || !PlainInitialisations.Contains(value.GetString(), StringComparer.Ordinal))
        {
            problems.Add(
                $"option '{option}' is {PeftOptions.Shown(value)}, which is not supported: it changes the base model. " +
                "PEFT can save such an adapter as a plain LoRA (save_pretrained with path_initial_model_for_weight_conversion)");
        }
    }
}
