using FLoRA.Bench.Common;

namespace FLoRA.Bench.Serving;

/// <summary>What the project promises of serving, as ratios of arms in the same round.</summary>
internal static class ServingBounds
{
    private const double ConcurrencyGain = 4, AdapterShare = 0.85, OutsideShare = 0.10;

    /// <summary>The bounds, then the ratios that are only reported.</summary>
    /// <param name="arms">Rounds by arm.</param>
    /// <param name="onCpu">False: the forward pass is only launched, so its share cannot be told from the host's clock.</param>
    public static IReadOnlyList<Bound> Of(IReadOnlyDictionary<string, IReadOnlyList<Round>> arms, bool onCpu)
    {
        Bound Ratio(string name, string over, string under, Func<Round, double> value, double? atLeast = null) =>
            new(name, [.. arms[over].Zip(arms[under], (o, u) => value(o) / value(u))], atLeast);
        List<Bound> bounds =
        [
            Ratio("32 concurrent over one at a time, tokens/s", Arms.AllBase, Arms.OneBase, r => r.TokensPerSecond, ConcurrencyGain),
            Ratio("8 different rank 1 over 8 base, tokens/s", Arms.EightRank1, Arms.EightBase, r => r.TokensPerSecond, AdapterShare),
            Ratio("8 different rank 4 over 32 base (the same rows), steps/s", Arms.EightRank4, Arms.AllBase, r => r.StepsPerSecond, AdapterShare),
        ];
        if (onCpu)
            bounds.Add(new Bound("outside the forward, share of a step at 32 base", [.. arms[Arms.AllBase].Select(r => r.OutsideForward)], Below: OutsideShare));
        bounds.AddRange(
        [
            Ratio("8 different rank 4 over 8 base, tokens/s", Arms.EightRank4, Arms.EightBase, r => r.TokensPerSecond),
            Ratio("8 different rank 1 over 8 times the same, tokens/s", Arms.EightRank1, Arms.EightSame, r => r.TokensPerSecond),
            Ratio("32 over rank 1 over 32 base, tokens/s", Arms.AllRank1, Arms.AllBase, r => r.TokensPerSecond),
            Ratio("32 of all kinds over 32 base, tokens/s", Arms.Mix, Arms.AllBase, r => r.TokensPerSecond),
        ]);
        if (onCpu)
            bounds.Add(new Bound("outside the forward at 32 base, within steps alone", [.. arms[Arms.AllBase].Select(r => r.OutsideForwardInStep)]));
        if (arms.ContainsKey(Arms.AllBaseAgain))
        {
            bounds.Add(Ratio("noise: 8 base again over 8 base, tokens/s", Arms.EightBaseAgain, Arms.EightBase, r => r.TokensPerSecond));
            bounds.Add(Ratio("noise: 32 base again over 32 base, tokens/s", Arms.AllBaseAgain, Arms.AllBase, r => r.TokensPerSecond));
        }

        return bounds;
    }
}
