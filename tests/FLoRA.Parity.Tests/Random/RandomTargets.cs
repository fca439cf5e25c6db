using System.Text.RegularExpressions;

namespace FLoRA.Parity.Tests.Random;

/// <summary>Random choices of target modules in every form that PEFT has.</summary>
internal static class RandomTargets
{
    /// <summary>Last names of the model's linear layers.</summary>
    public static IReadOnlyList<string> Leaves(RandomModel model) => [.. model.Linears.Select(m => m.Path[(m.Path.LastIndexOf('.') + 1)..]).Distinct()];

    public static PeftTargets Choose(RandomModel model, Dice dice)
    {
        PeftTargets targets = Base(model, dice);
        if (dice.Chance(0.3))
        {
            string leaf = dice.Pick(Leaves(model));
            PeftTargets less = dice.Chance(0.5) ? targets with { ExcludedNames = [leaf] } : targets with { ExcludedExpression = $@".*\.0\..*{Regex.Escape(leaf)}" };
            if (model.Linears.Any(m => less.Contains(m.Path)))
                return less;
        }

        return targets;
    }

    private static PeftTargets Base(RandomModel model, Dice dice)
    {
        List<string> leaves = dice.Some(Leaves(model));
        switch (dice.From(0, 5))
        {
            case 0:
                return new() { Expression = "all-linear" };
            case 1:
                return new() { Names = [.. dice.Some(model.Linears).Select(m => m.Path)] };
            case 2:
                return new() { Expression = $@".*\.({string.Join('|', leaves)})" };
            case 3:
                return new() { Expression = $@"[\w.]+\.(?:layers|h)\.{dice.Pick(@"\d+", "[02]", "0")}\.(?:self_attn|attn|mlp)\.(?!xyz)\w+" };
            case 4:
                // with the part in front: mlp.c_proj is not attn.c_proj
                return new() { Names = [.. dice.Some(model.Linears).Select(m => string.Join('.', m.Path.Split('.')[^2..])).Distinct()] };
            default:
                List<int> layers = dice.Some([.. Enumerable.Range(0, model.Layers)]);
                return new() { Names = leaves, Layers = dice.Chance(0.5) ? layers : null };
        }
    }
}
