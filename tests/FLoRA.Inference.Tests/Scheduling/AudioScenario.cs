using FsCheck;
using FsCheck.Fluent;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>One request with a recording.</summary>
/// <param name="Audio">Which recording; equal numbers are equal audio.</param>
/// <param name="Adapter">0: base.</param>
/// <param name="Prompt">Length of its prompt.</param>
/// <param name="New">Tokens it produces; 0: only scored.</param>
/// <param name="Width">Rows per token of one beam.</param>
/// <param name="Beams">Width of its search; 0: a token at a time.</param>
/// <param name="Arrival">Step at which it arrives; capped to keep the order of arrival.</param>
/// <param name="CancelAfter">Steps from its arrival to its cancellation; null: never.</param>
/// <param name="CancelInFlight">Cancelled between scheduling and commit instead of between steps.</param>
/// <param name="SickAfter">Tokens after which its logits are not finite; null: never.</param>
public sealed record AudioShape(int Audio, int Adapter, int Prompt, int New, int Width, int Beams, int Arrival, int? CancelAfter, bool CancelInFlight, int? SickAfter)
{
    /// <summary>Nothing happens to it from outside.</summary>
    public bool IsLeftAlone => CancelAfter is null && SickAfter is null;
}

/// <summary>Budgets, an encoder and a load, every request of which fits alone.</summary>
public sealed record AudioScenario(int MaxRows, int MaxSequences, int BlockCount, int BlockTokens, int Positions, int Units, int PositionsPerStep, IReadOnlyList<AudioShape> Requests)
{
    internal SchedulerOptions Options => new()
    {
        MaxRows = MaxRows,
        MaxSequences = MaxSequences,
        BlockCount = BlockCount,
        BlockTokens = BlockTokens,
        Encoder = new EncoderBudget(Positions, Units, PositionsPerStep),
    };

    /// <summary>The same load with room for everybody at once.</summary>
    public AudioScenario Roomy => this with { MaxRows = 1 << 20, MaxSequences = 1 << 10, BlockCount = 1 << 12 };

    public override string ToString() =>
        $"rows {MaxRows}, sequences {MaxSequences}, blocks {BlockCount} x {BlockTokens}, encoder {Positions} positions, {Units} units, {PositionsPerStep} a step\n{string.Join("\n", Requests)}";
}

/// <summary>Generators for FsCheck.</summary>
public static class AudioScenarios
{
    /// <summary>Pools that hold one to three recordings under a heavy load of few different ones.</summary>
    public static Arbitrary<AudioScenario> Tight() => Arb.From(
        from maxRows in Gen.Choose(1, 12)
        from maxSequences in Gen.Choose(1, 8)
        from blockTokens in Gen.Choose(1, 5)
        from positions in Gen.Choose(1, 12)
        from units in Gen.Choose(1, 5)
        from perStep in Gen.Choose(1, 40)
        let audioBlocks = (positions + blockTokens - 1) / blockTokens
        from textBlocks in Gen.Choose(1, 12)
        from recordings in Gen.Choose(1, 3)
        from count in Gen.Choose(1, 30)
        from requests in Gen.ListOf(RequestOf(maxRows, textBlocks, blockTokens), count)
        select new AudioScenario(maxRows, maxSequences, textBlocks + (recordings * audioBlocks), blockTokens, positions, units, perStep, [.. requests]),
        Shrink);

    private static Gen<AudioShape> RequestOf(int maxRows, int textBlocks, int blockTokens) =>
        from alone in OneTokenAtATime(maxRows, textBlocks * blockTokens)
        from beams in Gen.Elements(0, 0, 1, 2, 3, 5)
        // Rows and blocks for every beam, as if none shared any.
        let blocks = (Math.Max(alone.Prompt, alone.Prompt + alone.New - 1) + blockTokens - 1) / blockTokens
        let fitting = Math.Min(beams, Math.Min(maxRows / alone.Width, textBlocks / blocks))
        select alone with { Beams = alone.New == 0 ? 0 : fitting };

    private static Gen<AudioShape> OneTokenAtATime(int maxRows, int textTokens) =>
        from audio in Gen.Choose(0, 5)
        from adapter in Gen.Choose(0, 2)
        from prompt in Gen.Choose(1, Math.Min(textTokens, 6))
        from produced in Gen.Choose(0, textTokens + 1 - prompt)
        from width in Gen.Choose(1, maxRows)
        from isNarrow in Gen.Elements(true, true, false)
        from arrival in Gen.Choose(0, 40)
        from cancelled in Gen.Elements(true, false, false)
        from cancelAfter in Gen.Choose(0, 25)
        from inFlight in Gen.Elements(true, false)
        from sick in Gen.Elements(true, false, false, false, false, false)
        from sickAfter in Gen.Choose(0, 4)
        select new AudioShape(audio, adapter, prompt, produced, isNarrow ? Math.Min(width, 2) : width, 0, arrival, cancelled ? cancelAfter : null, inFlight, sick ? sickAfter : null);

    /// <summary>Drops one request at a time.</summary>
    private static IEnumerable<AudioScenario> Shrink(AudioScenario scenario) =>
        Enumerable.Range(0, scenario.Requests.Count)
            .Where(_ => scenario.Requests.Count > 1)
            .Select(dropped => scenario with { Requests = [.. scenario.Requests.Where((_, i) => i != dropped)] });
}
