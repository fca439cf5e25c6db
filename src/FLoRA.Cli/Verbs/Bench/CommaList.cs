using System.Globalization;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>Options that take several values, such as <c>1,2,4</c>.</summary>
internal static class CommaList
{
    /// <summary>Reads the values.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="text">What was given.</param>
    /// <param name="read">A value; null: it is none.</param>
    /// <param name="expected">What values must be, for the message.</param>
    /// <exception cref="UsageException">One is none, or stands twice.</exception>
    public static IReadOnlyList<T> Read<T>(string option, string text, Func<string, Entry<T>?> read, string expected)
    {
        string[] parts = text.Split(',');
        Entry<T>?[] values = [.. parts.Select(read)];
        if (values.Contains(null) || parts.Distinct(StringComparer.Ordinal).Count() < parts.Length)
            throw new UsageException($"{option}: expected {expected}, each once; got '{text}'");
        return [.. values.Select(value => value!.Value)];
    }

    /// <summary>Whole numbers.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="text">What was given.</param>
    /// <param name="least">The smallest that is allowed.</param>
    public static IReadOnlyList<int> Numbers(string option, string text, int least = 1) => Read(
        option, text, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least ? new Entry<int>(number) : null, $"whole numbers of at least {least}, such as 1,2,4");

    /// <summary>A value of a list.</summary>
    public sealed record Entry<T>(T Value);
}
