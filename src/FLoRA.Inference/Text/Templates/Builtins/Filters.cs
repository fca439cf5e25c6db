using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>A filter: <c>value | name(arguments)</c>.</summary>
internal delegate Value Filter(Value value, Rendering rendering, Arguments arguments);

/// <summary>Jinja's filters, as far as chat templates use them.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["abs"] = NumberFilters.Abs,
        ["attr"] = (value, _, arguments) => value.Defined().Attribute(arguments.Bind("attr", 1, "name")[0]!.Text("attr")) ?? new UndefinedValue($"'{value.TypeName} object' has no such attribute"),
        ["batch"] = ListFilters.Batch,
        ["capitalize"] = (value, rendering, _) => new TextValue(TextMethods.Capitalize(value.ToText(rendering.Budget))),
        ["center"] = TextFilters.Center,
        ["count"] = Length,
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = ListFilters.DictSort,
        ["first"] = (value, rendering, _) => value.Items(rendering.Budget) is [var first, ..] ? first : new UndefinedValue("No first item, sequence was empty."),
        ["float"] = NumberFilters.Float,
        ["format"] = TextFilters.Format,
        ["groupby"] = ListFilters.GroupBy,
        ["indent"] = TextFilters.Indent,
        ["int"] = NumberFilters.Int,
        ["items"] = (value, _, _) => value is UndefinedValue ? new ListValue([]) : value is MapValue map ? MapMethods.Entries(map) : throw new TemplateException("Can only get item pairs from a mapping."),
        ["join"] = TextFilters.Join,
        ["last"] = (value, rendering, _) => value.Items(rendering.Budget) is [.., var last] ? last : new UndefinedValue("No last item, sequence was empty."),
        ["length"] = Length,
        ["list"] = (value, rendering, _) => new ListValue(value.Items(rendering.Budget)),
        ["lower"] = (value, rendering, _) => new TextValue(value.ToText(rendering.Budget).ToLowerInvariant()),
        ["map"] = ListFilters.Map,
        ["max"] = (value, rendering, arguments) => ListFilters.Extreme(value, rendering, arguments, highest: true),
        ["min"] = (value, rendering, arguments) => ListFilters.Extreme(value, rendering, arguments, highest: false),
        ["pprint"] = (value, rendering, _) => TextFilters.Literal(value, rendering),
        ["reject"] = (value, rendering, arguments) => ListFilters.Select(value, rendering, arguments, keeps: false, byAttribute: false),
        ["rejectattr"] = (value, rendering, arguments) => ListFilters.Select(value, rendering, arguments, keeps: false, byAttribute: true),
        ["replace"] = (value, rendering, arguments) => TextMethods.Replace(new TextValue(value.ToText(rendering.Budget)), rendering, arguments.Bind("replace", 2, "old", "new", "count")),
        ["reverse"] = ListFilters.Reverse,
        ["round"] = NumberFilters.Round,
        ["safe"] = (value, rendering, _) => new TextValue(value.ToText(rendering.Budget)),
        ["select"] = (value, rendering, arguments) => ListFilters.Select(value, rendering, arguments, keeps: true, byAttribute: false),
        ["selectattr"] = (value, rendering, arguments) => ListFilters.Select(value, rendering, arguments, keeps: true, byAttribute: true),
        ["slice"] = ListFilters.Slices,
        ["sort"] = ListFilters.Sort,
        ["string"] = (value, rendering, _) => new TextValue(value.ToText(rendering.Budget)),
        ["sum"] = ListFilters.Sum,
        ["title"] = (value, rendering, _) => new TextValue(TextFilters.Title(value.ToText(rendering.Budget))),
        ["tojson"] = TextFilters.ToJson,
        ["trim"] = (value, rendering, arguments) => TextMethods.Strip("trim", new TextValue(value.ToText(rendering.Budget)), rendering, arguments, start: true, end: true),
        ["unique"] = ListFilters.Unique,
        ["upper"] = (value, rendering, _) => new TextValue(value.ToText(rendering.Budget).ToUpperInvariant()),
        ["wordcount"] = (value, rendering, _) => new IntegerValue(value.ToText(rendering.Budget).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length),
    };

    /// <summary>A filter by its name, with its work counted; null: there is none.</summary>
    public static Filter? Find(string name) => !All.TryGetValue(name, out Filter? filter) ? null : (value, rendering, arguments) =>
    {
        rendering.Budget.Spend((value is TextValue text ? text.Text.Length : value.Size) + arguments.Size);
        return filter(value, rendering, arguments);
    };

    private static IntegerValue Length(Value value, Rendering rendering, Arguments arguments) => new(value.Length);

    private static Value Default(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("default", 0, "default_value", "boolean");
        return value is UndefinedValue || ((given[1]?.IsTrue ?? false) && !value.IsTrue) ? given[0] ?? TextValue.Empty : value;
    }
}
