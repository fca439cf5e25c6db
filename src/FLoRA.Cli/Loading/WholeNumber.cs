using System.CommandLine;
using System.Globalization;

namespace FLoRA.Cli.Loading;

/// <summary>Options that are a whole number.</summary>
internal static class WholeNumber
{
    /// <summary>A number of bytes, plain or with K, M, G (powers of 1024); null when the option is not given.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">For the help.</param>
    public static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N[K|M|G]",
        CustomParser = result =>
        {
            string value = result.Tokens[^1].Value;
            int shift = value.Length == 0 ? 0 : value[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
            if (long.TryParse(shift > 0 ? value[..^1] : value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= long.MaxValue >> shift)
                return number << shift;
            result.AddError($"{name}: expected a number of bytes such as 1500000, 512M or 2G, got '{value}'");
            return null;
        },
    };

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
