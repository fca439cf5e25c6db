using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace FLoRA.Cli.Loading;

/// <summary>Options that are a number of any sign, with a message that a person can read where they are not.</summary>
internal static class Number
{
    /// <summary>Null when the option is not given.</summary>
    /// <typeparam name="T">double or long.</typeparam>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="letter">Stands for the value in the help.</param>
    /// <param name="expected">What it must be, for the message.</param>
    public static Option<T?> Option<T>(string name, string description, string letter, string expected) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        HelpName = letter,
        CustomParser = result =>
        {
            string value = result.Tokens[^1].Value;
            if (T.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out T number))
                return number;
            result.AddError($"{name}: expected {expected}, got '{value}'");
            return null;
        },
    };
}
