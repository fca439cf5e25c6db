using System.CommandLine;
using System.Globalization;

namespace FLoRA.Cli.Loading;

/// <summary>Options that are a whole number of at least 1.</summary>
internal static class WholeNumber
{
    /// <summary>Null when the option is not given.</summary>
    public static Option<int?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string value = result.Tokens[^1].Value;
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1)
                return number;
            result.AddError($"{name}: expected a whole number of at least 1, got '{value}'");
            return null;
        },
    };
}
