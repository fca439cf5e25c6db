using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>A test: <c>value is name(arguments)</c>.</summary>
internal delegate bool Test(Value value, Rendering rendering, Arguments arguments);

/// <summary>Jinja's tests.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Test> All = new(StringComparer.Ordinal)
    {
        ["boolean"] = (value, _, _) => value is BooleanValue,
        ["callable"] = (value, _, _) => value is FunctionValue or LoopValue,
        ["defined"] = (value, _, _) => value is not UndefinedValue,
        ["divisibleby"] = (value, rendering, arguments) => Arithmetic.Apply("%", value, Other(arguments), rendering.Budget).AsNumber == 0,
        ["eq"] = (value, rendering, arguments) => value.IsSame(Other(arguments), rendering.Budget),
        ["even"] = (value, _, _) => value.Integer("even") % 2 == 0,
        ["false"] = (value, _, _) => value is BooleanValue { IsTrue: false },
        ["filter"] = (value, _, _) => Filters.Find(value.Text("filter")) is not null,
        ["float"] = (value, _, _) => value is RealValue,
        ["ge"] = Comparison(">="),
        ["gt"] = Comparison(">"),
        ["in"] = Comparison("in"),
        ["integer"] = (value, _, _) => value is IntegerValue,
        ["iterable"] = (value, _, _) => value is TextValue or ListValue or MapValue or UndefinedValue,
        ["le"] = Comparison("<="),
        ["lower"] = (value, rendering, _) => value.ToText(rendering.Budget) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["lt"] = Comparison("<"),
        ["mapping"] = (value, _, _) => value is MapValue,
        ["ne"] = (value, rendering, arguments) => !value.IsSame(Other(arguments), rendering.Budget),
        ["none"] = (value, _, _) => value is NoneValue,
        ["number"] = (value, _, _) => value.AsNumber is not null,
        ["odd"] = (value, _, _) => value.Integer("odd") % 2 != 0,
        ["sameas"] = (value, rendering, arguments) => value.TypeName == Other(arguments).TypeName && value.IsSame(Other(arguments), rendering.Budget),
        ["sequence"] = (value, _, _) => value is TextValue or ListValue or MapValue or UndefinedValue,
        ["string"] = (value, _, _) => value is TextValue,
        ["test"] = (value, _, _) => Find(value.Text("test")) is not null,
        ["true"] = (value, _, _) => value is BooleanValue { IsTrue: true },
        ["undefined"] = (value, _, _) => value is UndefinedValue,
        ["upper"] = (value, rendering, _) => value.ToText(rendering.Budget) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
    };

    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["=="] = "eq",
        ["equalto"] = "eq",
        ["!="] = "ne",
        [">"] = "gt",
        ["greaterthan"] = "gt",
        ["<"] = "lt",
        ["lessthan"] = "lt",
        [">="] = "ge",
        ["<="] = "le",
    };

    /// <summary>A test by its name, with its work counted; null: there is none.</summary>
    public static Test? Find(string name) => !All.TryGetValue(OtherNames.GetValueOrDefault(name, name), out Test? test) ? null : (value, rendering, arguments) =>
    {
        rendering.Budget.Spend(value.Size + arguments.Size);
        return test(value, rendering, arguments);
    };

    private static Test Comparison(string sign) => (value, rendering, arguments) => Arithmetic.Compare(sign, value, Other(arguments), rendering.Budget);

    private static Value Other(Arguments arguments) => arguments.Bind("test", 1, "other")[0]!;
}
