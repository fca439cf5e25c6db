namespace FLoRA.Inference.Adapters;

/// <summary>PEFT's <c>peft_type</c>.</summary>
public enum AdapterKind
{
    /// <summary>fLoRA: r rows, elementwise scales on both sides of the base product.</summary>
    Flora,

    /// <summary>LoRA and rsLoRA: an additive low-rank pair.</summary>
    Lora,

    /// <summary>IA3: one elementwise scale, of the output or of the input.</summary>
    Ia3,

    /// <summary>HiRA: the base product plus r scaled rows.</summary>
    Hira,
}

/// <summary>
/// What an adapter does to one linear module, in the engine's one form (DESIGN 1):
/// y = sum_i A_i * (W0 (B_i * x)) + beta * b  [+ U (D x)].
/// All arrays are row-major float32 in host memory; reduction (mean: divided by r) and every scale are already folded in.
/// </summary>
internal sealed record ModuleAdapter
{
    /// <summary>Module path as in the blueprint.</summary>
    public required string Path { get; init; }

    /// <summary>Rows through the base product: fLoRA r, HiRA r + 1, IA3 and LoRA 1.</summary>
    public required int RowCount { get; init; }

    /// <summary>[RowCount, out], or null: all ones (LoRA; IA3 on the input side).</summary>
    public float[]? OutputScale { get; init; }

    /// <summary>[RowCount, in], or null: all ones (LoRA; IA3 on the output side).</summary>
    public float[]? InputScale { get; init; }

    /// <summary>beta [out] on the bias, or null: 1 (everything but IA3 on the output side).</summary>
    public float[]? BiasScale { get; init; }

    /// <summary>LoRA: rank of the additive pair; else 0.</summary>
    public int AdditiveRank { get; init; }

    /// <summary>LoRA: D = lora_A [rank, in].</summary>
    public float[]? Down { get; init; }

    /// <summary>LoRA: U = lora_B x (alpha / r, or alpha / sqrt r) [out, rank].</summary>
    public float[]? Up { get; init; }
}

/// <summary>One loaded, checked version of an adapter. Immutable host data; <see cref="AdapterImage"/> is what the bank takes.</summary>
internal sealed record Adapter
{
    /// <summary>Folder it came from.</summary>
    public required string Folder { get; init; }

    /// <summary>Kind.</summary>
    public required AdapterKind Kind { get; init; }

    /// <summary>Nominal rank of the configuration (IA3: 1).</summary>
    public required int Rank { get; init; }

    /// <summary>Per targeted module, in the blueprint's order.</summary>
    public required IReadOnlyList<ModuleAdapter> Modules { get; init; }

    /// <summary>Trained numbers in the file.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>SHA-256 over configuration and tensors: the content version.</summary>
    public required string ContentHash { get; init; }

    /// <summary>What its card says of it.</summary>
    public FolderCard Card { get; init; } = FolderCard.Empty;

    /// <summary>Bytes of its numbers as they were loaded.</summary>
    public long NumberBytes => Modules.Sum(m => sizeof(float) * ((long)(m.InputScale?.Length ?? 0) + (m.OutputScale?.Length ?? 0) + (m.BiasScale?.Length ?? 0) + (m.Down?.Length ?? 0) + (m.Up?.Length ?? 0)));

    /// <summary>What it is, without its numbers.</summary>
    public Adapter WithoutNumbers() => this with
    {
        Modules = [.. Modules.Select(m => m with { InputScale = null, OutputScale = null, BiasScale = null, Down = null, Up = null })],
    };

    /// <summary>Row width of a sequence with this adapter: the largest row count over its modules.</summary>
    public int RowWidth => Modules.Count == 0 ? 1 : Modules.Max(m => m.RowCount);
}
