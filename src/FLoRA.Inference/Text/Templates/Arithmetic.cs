using FLoRA.Inference.Text.Templates.Builtins;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates;

/// <summary>Python's operators on values.</summary>
internal static class Arithmetic
{
    // A text or list that is repeated; longer ones end at the budget anyway.
    private const int MostRepeated = 1 << 22;

    /// <summary>Two values to one.</summary>
    /// <exception cref="TemplateException">The operator does not know these types, or the result does not fit.</exception>
    public static Value Apply(string sign, Value left, Value right, RenderBudget budget)
    {
        if (sign == "~")
            return Join(left.ToText(budget), right.ToText(budget), budget);
        left = left.Defined();
        right = right.Defined();
        try
        {
            return (sign, left, right) switch
            {
                ("+", TextValue a, TextValue b) => Join(a.Text, b.Text, budget),
                ("+", TextValue, _) => throw new TemplateException($"can only concatenate str (not \"{right.TypeName}\") to str"),
                ("+", ListValue a, ListValue b) when a.IsTuple == b.IsTuple => Concat(a, b, budget),
                ("%", TextValue a, _) => new TextValue(PrintfFormat.Apply(a.Text, right, budget)),
                ("*", TextValue or ListValue, { AsInteger: { } times }) => Repeat(left, times, budget),
                ("*", { AsInteger: { } times }, TextValue or ListValue) => Repeat(right, times, budget),
                (not "/", { AsInteger: { } a }, { AsInteger: { } b }) => Whole(sign, a, b),
                (_, { AsNumber: { } a }, { AsNumber: { } b }) => Real(sign, a, b),
                _ => throw new TemplateException($"unsupported operand type(s) for {sign}: '{left.TypeName}' and '{right.TypeName}'"),
            };
        }
        catch (OverflowException)
        {
            throw new TemplateException($"the result of '{sign}' has more than 64 bits");
        }
    }

    /// <summary>Whether a comparison holds.</summary>
    /// <exception cref="TemplateException">The values have no order.</exception>
    public static bool Compare(string sign, Value left, Value right, RenderBudget budget) => sign switch
    {
        "==" => left.IsSame(right, budget),
        "!=" => !left.IsSame(right, budget),
        "in" => right.Contains(left, budget),
        "not in" => !right.Contains(left, budget),
        "<" => Order(left, right, budget) < 0,
        "<=" => Order(left, right, budget) <= 0,
        ">" => Order(left, right, budget) > 0,
        _ => Order(left, right, budget) >= 0,
    };

    /// <summary>Which of two values comes first: below 0, the left one.</summary>
    /// <exception cref="TemplateException">They have no order.</exception>
    public static int Order(Value left, Value right, RenderBudget budget)
    {
        switch (left.Defined(), right.Defined())
        {
            case (TextValue a, TextValue b):
                budget.Spend(Math.Min(a.Text.Length, b.Text.Length));
                return CompareCodePoints(a.Text, b.Text);
            case ({ AsInteger: { } a }, { AsInteger: { } b }):
                return a.CompareTo(b);
            case ({ AsNumber: { } a }, { AsNumber: { } b }):
                return a.CompareTo(b);
            case (ListValue a, ListValue b) when a.IsTuple == b.IsTuple:
                budget.Spend(Math.Min(a.Size, b.Size));
                budget.Enter();
                int order = a.Items(budget).Zip(b.Items(budget)).Where(pair => !pair.First.IsSame(pair.Second, budget)).Select(pair => Order(pair.First, pair.Second, budget)).FirstOrDefault();
                budget.Leave();
                return order != 0 ? order : a.Length.CompareTo(b.Length);
            default:
                throw new TemplateException($"'<' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
        }
    }

    private static TextValue Join(string left, string right, RenderBudget budget)
    {
        budget.Spend((long)left.Length + right.Length);
        return new TextValue(left + right);
    }

    private static ListValue Concat(ListValue left, ListValue right, RenderBudget budget)
    {
        budget.Spend((long)left.Length + right.Length);
        return new ListValue([.. left.Items(budget), .. right.Items(budget)], left.IsTuple);
    }

    private static Value Repeat(Value value, long times, RenderBudget budget)
    {
        times = Math.Clamp(times, 0, MostRepeated);
        budget.Spend(times * Math.Max(1, value.Length));
        return value is TextValue text
            ? new TextValue(string.Concat(Enumerable.Repeat(text.Text, (int)times)))
            : new ListValue([.. Enumerable.Repeat(value.Items(budget), (int)times).SelectMany(items => items)], ((ListValue)value).IsTuple);
    }

    private static Value Whole(string sign, long a, long b) => sign switch
    {
        "+" => new IntegerValue(checked(a + b)),
        "-" => new IntegerValue(checked(a - b)),
        "*" => new IntegerValue(checked(a * b)),
        "//" => b == 0 ? throw Zero() : new IntegerValue(checked((long)Math.Floor((decimal)a / b))),
        "%" => b == 0 ? throw Zero() : new IntegerValue(b == -1 ? 0 : a % b is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : a % b),
        _ => b < 0 ? new RealValue(Math.Pow(a, b)) : new IntegerValue(Power(a, b)),
    };

    private static RealValue Real(string sign, double a, double b) => sign switch
    {
        "+" => new(a + b),
        "-" => new(a - b),
        "*" => new(a * b),
        "/" => b == 0 ? throw Zero() : new(a / b),
        "//" => b == 0 ? throw Zero() : new(Math.Floor(a / b)),
        "%" => b == 0 ? throw Zero() : new(a - (b * Math.Floor(a / b))),
        _ => new(Math.Pow(a, b)),
    };

    private static long Power(long value, long exponent)
    {
        if (value is 0 or 1 || exponent == 0)
            return exponent == 0 ? 1 : value;
        if (value == -1)
            return exponent % 2 == 0 ? 1 : -1;
        long power = 1;
        for (long i = 0; i < exponent; i++)
            power = checked(power * value);
        return power;
    }

    private static TemplateException Zero() => new("division by zero");

    // Python compares code points; units differ where a surrogate meets U+E000 to U+FFFF.
    private static int CompareCodePoints(string a, string b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length)
            return a.Length.CompareTo(b.Length);
        bool highA = char.IsSurrogate(a[at]), highB = char.IsSurrogate(b[at]);
        return highA == highB ? a[at].CompareTo(b[at]) : highA ? 1 : -1;
    }
}
