using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Configuration;

namespace FLoRA.SemanticKernel;

/// <summary>Reads the values of a configuration section. What is not readable is null and an error.</summary>
internal sealed class SectionValues
{
    private readonly List<string> _errors = [];

    /// <summary>What was wrong so far.</summary>
    internal IReadOnlyList<string> Errors => _errors;

    internal void Add(string error) => _errors.Add(error);

    internal string? Text(IConfigurationSection section)
    {
        if (section.GetChildren().Any())
            _errors.Add($"{section.Path}: expected one value, got several");
        return section.Value;
    }

    internal int? Number(IConfigurationSection section) => Whole<int>(section);

    internal long? LongNumber(IConfigurationSection section) => Whole<long>(section);

    internal double? Fraction(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            return number;
        _errors.Add($"{section.Path}: expected a number, got '{text}'");
        return null;
    }

    /// <summary>A time such as "00:00:20". A bare number is refused: it would be days.</summary>
    internal TimeSpan? Time(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time))
            return time;
        _errors.Add($"{section.Path}: expected a time such as \"00:00:20\" (hours:minutes:seconds), got '{text}'");
        return null;
    }

    internal bool? Flag(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (bool.TryParse(text, out bool flag))
            return flag;
        _errors.Add($"{section.Path}: expected true or false, got '{text}'");
        return null;
    }

    private T? Whole<T>(IConfigurationSection section)
        where T : struct, IBinaryInteger<T>
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T number))
            return number;
        _errors.Add($"{section.Path}: expected a whole number, got '{text}'");
        return null;
    }

    internal List<string> List(IConfigurationSection section)
    {
        if (section.Value is { Length: > 0 } scalar)
            _errors.Add($"{section.Path}: expected a list, got '{scalar}'");
        return [.. section.GetChildren().Select(item => Text(item) ?? "")];
    }

    internal void Map(IConfigurationSection section, Dictionary<string, string> target)
    {
        if (section.Value is { Length: > 0 } scalar)
            _errors.Add($"{section.Path}: expected an object of names and values, got '{scalar}'");
        foreach (IConfigurationSection entry in section.GetChildren())
            target[entry.Key] = Text(entry) ?? "";
    }
}
