using System.CommandLine;
using System.Globalization;

namespace FLoRA.Cli.Loading;

/// <summary>Options that are a whole number.</summary>
internal static class WholeNumber
{
    /// <summary>Null when the option is not given.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="least">The smallest number that is allowed.</param>
    public static Option<int?> Option(string name, string description, int least = 1) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string value = result.Tokens[^1].Value;
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least)
                return number;
            result.AddError($"{name}: expected a whole number of at least {least}, got '{value}'");
            return null;
        },
    };
}
