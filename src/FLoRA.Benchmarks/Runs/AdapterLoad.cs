namespace FLoRA.Benchmarks.Runs;

/// <summary>The adapters of a run: on every linear layer, random.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Count">Registered ones; sequences take turns over them.</param>
/// <param name="Rank">Of each.</param>
public sealed record AdapterLoad(AdapterLoadKind Kind, int Count, int Rank)
{
    private const int LeastRows = 256;

    /// <summary>No adapters.</summary>
    public static AdapterLoad None { get; } = new(AdapterLoadKind.None, 0, 1);

    /// <summary>Whether there are any.</summary>
    public bool Any => Kind.Adapter is not null && Count > 0;

    /// <summary>Rows of a token.</summary>
    public int Rows => Kind == AdapterLoadKind.Flora && Any ? Rank : 1;

    /// <summary>Rows of a step with which that many sequences run at the same time: the scheduler admits up to three quarters of them.</summary>
    public int RowBudget(int sequences) => Math.Max(LeastRows, ((sequences * Rows * 4) + 2) / 3);

    /// <summary>Name of an adapter.</summary>
    internal string Name(int index) => $"{Kind.Name}-{Rank}-{index}";

    /// <summary>The adapter of a sequence, or null.</summary>
    internal string? Of(int sequence) => Any ? Name(sequence % Count) : null;
}
