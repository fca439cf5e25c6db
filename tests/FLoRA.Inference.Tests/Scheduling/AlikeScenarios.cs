using FsCheck;
using FsCheck.Fluent;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Generators for FsCheck.</summary>
public static class AlikeScenarios
{
    /// <summary>The loads of <see cref="Scenarios"/>, and prompts begin like one another, under few adapters; some requests come to numbers that are not finite.</summary>
    public static Arbitrary<Scenario> Alike() => Arb.From(
        from scenario in Scenarios.Tight().Generator
        from least in Gen.Choose(1, 6)
        from likeness in Gen.ListOf(Gen.Choose(0, 9), scenario.Requests.Count)
        let requests = scenario.Requests.Zip(likeness, (shape, like) => shape with
        {
            Adapter = shape.Adapter % 2,
            Shared = like < 6 ? shape.Prompt : shape.Prompt * (9 - like) / 4,
            SickOutput = like == 3 && shape.New > 1 ? shape.New / 2 : null,
        })
        select scenario with { MinAwaitedTokens = least, Requests = [.. requests] },
        Scenarios.Shrink);
}
