using System.Globalization;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Filters that make numbers.</summary>
internal static class NumberFilters
{
    private const int MostDigits = 15;

    /// <summary>Without its sign.</summary>
    public static Value Abs(Value value, Rendering rendering, Arguments arguments) => value switch
    {
        { AsInteger: long.MinValue } => throw new TemplateException("the result of abs has more than 64 bits"),
        { AsInteger: { } integer } => new IntegerValue(Math.Abs(integer)),
        { AsNumber: { } number } => new RealValue(Math.Abs(number)),
        _ => throw new TemplateException($"bad operand type for abs(): '{value.TypeName}'"),
    };

    /// <summary>As a whole number; what is none becomes the default.</summary>
    public static Value Int(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("int", 0, "default", "base");
        Value missing = given[0] ?? new IntegerValue(0);
        if (value.AsInteger is { } integer)
            return new IntegerValue(integer);
        if (value.AsNumber is { } number)
            return Whole(number) ?? missing;
        if (value is not TextValue text)
            return missing;
        string digits = text.Text.Trim().Replace("_", "", StringComparison.Ordinal);
        if (given[1]?.Small("base") is 16 && long.TryParse(digits.Replace("0x", "", StringComparison.OrdinalIgnoreCase), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex))
            return new IntegerValue(hex);
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? new IntegerValue(whole)
            : Parse(text.Text) is { } real ? Whole(real) ?? missing
            : missing;
    }

    /// <summary>As a number; what is none becomes the default.</summary>
    public static Value Float(Value value, Rendering rendering, Arguments arguments)
    {
        Value missing = arguments.Bind("float", 0, "default")[0] ?? new RealValue(0);
        return (value.AsNumber ?? (value is TextValue text ? Parse(text.Text) : null)) is { } number ? new RealValue(number) : missing;
    }

    /// <summary>To so many digits behind the point.</summary>
    public static Value Round(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("round", 0, "precision", "method");
        double number = value.AsNumber ?? throw new TemplateException($"type {value.TypeName} doesn't define __round__ method");
        int digits = Math.Clamp(given[0]?.Small("precision") ?? 0, -MostDigits, MostDigits);
        double scale = Math.Pow(10, digits);
        return (given[1]?.Text("method") ?? "common") switch
        {
            "common" => new RealValue(digits >= 0 ? Math.Round(number, digits, MidpointRounding.ToEven) : Math.Round(number * scale) / scale),
            "ceil" => new RealValue(Math.Ceiling(number * scale) / scale),
            "floor" => new RealValue(Math.Floor(number * scale) / scale),
            _ => throw new TemplateException("method must be common, ceil or floor"),
        };
    }

    private static IntegerValue? Whole(double number) => Math.Abs(number) < long.MaxValue ? new IntegerValue((long)number) : null;

    private static double? Parse(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
}
