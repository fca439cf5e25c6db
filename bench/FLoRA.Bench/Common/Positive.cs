using System.CommandLine;

namespace FLoRA.Bench.Common;

/// <summary>Options that are a whole number of at least 1.</summary>
internal static class Positive
{
    /// <summary>An option with a default.</summary>
    public static Option<int> Option(string name, string description, int value)
    {
        Option<int> option = new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name}: expected at least 1, got {result.GetValueOrDefault<int>()}");
        });
        return option;
    }
}
