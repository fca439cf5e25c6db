using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>Nothing, <c>none</c>.</summary>
internal sealed class NoneValue : Value
{
    private NoneValue()
    {
    }

    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append("None");
}

/// <summary>True or false.</summary>
internal sealed class BooleanValue : Value
{
    private BooleanValue(bool isTrue) => IsTrue = isTrue;

    public static BooleanValue True { get; } = new(true);

    public static BooleanValue False { get; } = new(false);

    public override string TypeName => "bool";

    public override bool IsTrue { get; }

    public override double? AsNumber => IsTrue ? 1 : 0;

    public override long? AsInteger => IsTrue ? 1 : 0;

    public static BooleanValue Of(bool value) => value ? True : False;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append(IsTrue ? "True" : "False");

    public override bool IsSame(Value other, RenderBudget budget) => other.AsNumber == AsNumber;
}

/// <summary>A whole number of 64 bits; what does not fit is an error.</summary>
internal sealed class IntegerValue(long number) : Value
{
    public override string TypeName => "int";

    public override bool IsTrue => number != 0;

    public override double? AsNumber => number;

    public override long? AsInteger => number;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append(CultureInfo.InvariantCulture, $"{number}");

    public override bool IsSame(Value other, RenderBudget budget) => other.AsInteger is { } integer ? integer == number : other.AsNumber == number;
}

/// <summary>A number with a fraction.</summary>
internal sealed class RealValue(double number) : Value
{
    public override string TypeName => "float";

    public override bool IsTrue => number != 0;

    public override double? AsNumber => number;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append(Format(number));

    public override bool IsSame(Value other, RenderBudget budget) => other.AsNumber == number;

    // Python's repr: the shortest digits that read back as the number, with an exponent below 1e-4 and from 1e16 on.
    private static string Format(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        string sign = double.IsNegative(number) ? "-" : "";
        string[] parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int point = parts[0].IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? at : parts[0].Length;
        string all = parts[0].Replace(".", "", StringComparison.Ordinal), digits = all.TrimStart('0');
        if (digits.Length == 0)
            return sign + "0.0";
        // Of the first digit.
        int exponent = point - 1 - (all.Length - digits.Length) + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        if (exponent is < -4 or >= 16)
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        return sign + (exponent < 0 ? $"0.{new string('0', -exponent - 1)}{digits}"
            : digits.Length <= exponent + 1 ? $"{digits.PadRight(exponent + 1, '0')}.0"
            : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}");
    }
}
