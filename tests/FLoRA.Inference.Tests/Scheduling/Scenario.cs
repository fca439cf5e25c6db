using FsCheck;
using FsCheck.Fluent;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>One request of a scenario.</summary>
/// <param name="Prompt">Length of its prompt.</param>
/// <param name="New">Tokens it produces; 0: only scored.</param>
/// <param name="Width">Rows per token.</param>
/// <param name="Adapter">0: base, else the adapter whose slot it needs.</param>
/// <param name="Arrival">Step at which it arrives; capped to keep the order of arrival.</param>
/// <param name="CancelAfter">Steps from its arrival to its cancellation; null: never.</param>
/// <param name="CancelInFlight">Cancelled between scheduling and commit instead of between steps.</param>
/// <param name="FormsPrompt">Its prompt's tokens are one row each.</param>
public sealed record RequestShape(int Prompt, int New, int Width, int Adapter, int Arrival, int? CancelAfter, bool CancelInFlight, bool FormsPrompt)
{
    /// <summary>Tokens at the beginning of its prompt that are those of a common text; null: it shares nothing, and no block either.</summary>
    public int? Shared { get; init; }

    /// <summary>The output of this number is not finite; null: all are.</summary>
    public int? SickOutput { get; init; }
}

/// <summary>Budgets and a load, every request of which fits alone.</summary>
public sealed record Scenario(int MaxRows, int MaxSequences, int BlockCount, int BlockTokens, int AdapterSlots, IReadOnlyList<RequestShape> Requests)
{
    internal SchedulerOptions Options => new() { MaxRows = MaxRows, MaxSequences = MaxSequences, BlockCount = BlockCount, BlockTokens = BlockTokens, MinAwaitedTokens = MinAwaitedTokens };

    /// <summary>Fewest tokens of a common beginning that a request waits a step for.</summary>
    public int MinAwaitedTokens { get; init; } = 1;

    /// <summary>The same load with room for everybody at once.</summary>
    public Scenario Roomy => this with { MaxRows = 1 << 20, MaxSequences = 1 << 10, BlockCount = 1 << 12, AdapterSlots = 1 << 10 };

    public override string ToString() =>
        $"rows {MaxRows}, sequences {MaxSequences}, blocks {BlockCount} x {BlockTokens}, slots {AdapterSlots}\n{string.Join("\n", Requests)}";
}

/// <summary>Generators for FsCheck.</summary>
public static class Scenarios
{
    /// <summary>Small budgets under a heavy load, so that chunks, waiting and preemption are common.</summary>
    public static Arbitrary<Scenario> Tight() => Arb.From(
        from maxRows in Gen.Choose(1, 12)
        from maxSequences in Gen.Choose(1, 8)
        from blockTokens in Gen.Choose(1, 5)
        from blockCount in Gen.Choose(2, 12)
        from slots in Gen.Choose(1, 3)
        from count in Gen.Choose(1, 40)
        from requests in Gen.ListOf(RequestOf(maxRows, blockCount * blockTokens), count)
        select new Scenario(maxRows, maxSequences, blockCount, blockTokens, slots, [.. requests]),
        Shrink);

    private static Gen<RequestShape> RequestOf(int maxRows, int poolTokens) =>
        from prompt in Gen.Choose(1, poolTokens)
        from isShort in Gen.Elements(true, true, false)
        let promptTokens = isShort ? Math.Min(prompt, 3) : prompt
        from produced in Gen.Choose(0, poolTokens + 1 - promptTokens)
        from width in Gen.Choose(1, maxRows)
        from isNarrow in Gen.Elements(true, true, false)
        from adapter in Gen.Choose(0, 5)
        from arrival in Gen.Choose(0, 30)
        from cancelled in Gen.Elements(true, false, false, false)
        from cancelAfter in Gen.Choose(0, 20)
        from inFlight in Gen.Elements(true, false)
        from forms in Gen.Elements(true, false)
        select new RequestShape(promptTokens, produced, isNarrow ? Math.Min(width, 2) : width, adapter, arrival, cancelled ? cancelAfter : null, inFlight, forms);

    /// <summary>Drops one request at a time.</summary>
    internal static IEnumerable<Scenario> Shrink(Scenario scenario) =>
        Enumerable.Range(0, scenario.Requests.Count)
            .Where(_ => scenario.Requests.Count > 1)
            .Select(dropped => scenario with { Requests = [.. scenario.Requests.Where((_, i) => i != dropped)] });
}
