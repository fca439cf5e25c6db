using System.Text;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Filters that make texts.</summary>
internal static class TextFilters
{
    /// <summary>In the middle of so many characters.</summary>
    public static Value Center(Value value, Rendering rendering, Arguments arguments)
    {
        TextValue text = new(value.ToText(rendering.Budget));
        int missing = Math.Max(0, (arguments.Bind("center", 0, "width")[0]?.Small("width") ?? 80) - text.Length);
        rendering.Budget.Spend(missing);
        int left = (missing / 2) + (missing & (text.Length + missing) & 1);
        return new TextValue(new string(' ', left) + text.Text + new string(' ', missing - left));
    }

    /// <summary><c>"%s" | format(x)</c>.</summary>
    public static Value Format(Value value, Rendering rendering, Arguments arguments) =>
        new TextValue(PrintfFormat.Apply(value.Text("format"), new ListValue(arguments.Positional, isTuple: true), rendering.Budget));

    /// <summary>Spaces before the lines, but the first and empty ones.</summary>
    public static Value Indent(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("indent", 0, "width", "first", "blank");
        string with = given[0] is TextValue text ? text.Text : (string)new string(' ', Math.Clamp(given[0]?.Small("width") ?? 4, 0, 1000));
        bool first = given[1]?.IsTrue ?? false, blank = given[2]?.IsTrue ?? false;
        string[] lines = (value.ToText(rendering.Budget) + "\n").ReplaceLineEndings("\n").Split('\n')[..^1];
        rendering.Budget.Spend((long)lines.Length * (1 + with.Length));
        return new TextValue(string.Join('\n', lines.Select((line, i) => (i == 0 && !first) || (i > 0 && line.Length == 0 && !blank) ? line : with + line)));
    }

    /// <summary>Items as texts with something between them.</summary>
    public static Value Join(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("join", 0, "d", "attribute");
        IEnumerable<Value> items = value.Items(rendering.Budget);
        if (given[1] is { } attribute)
            items = items.Select(item => ListFilters.Follow(item, attribute, rendering.Budget));
        return TextMethods.Joined(given[0]?.ToText(rendering.Budget) ?? "", items.Select(item => item.ToText(rendering.Budget)), rendering.Budget);
    }

    /// <summary>The value as source text.</summary>
    public static Value Literal(Value value, Rendering rendering)
    {
        StringBuilder text = new();
        value.WriteLiteral(text, rendering.Budget);
        return new TextValue(text.ToString());
    }

    /// <summary>Words with a capital letter; a word begins behind spaces and opening brackets.</summary>
    public static string Title(string text) => TextMethods.Title(text, character => !char.IsWhiteSpace(character) && character is not ('-' or '(' or '{' or '[' or '<'));

    /// <summary>JSON.</summary>
    public static Value ToJson(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = given[1] switch
        {
            null or NoneValue => null,
            TextValue text => text.Text,
            var width => new string(' ', Math.Clamp(width.Small("indent"), 0, 100)),
        };
        string[]? separators = given[2] is null or NoneValue ? null : [.. given[2]!.Items(rendering.Budget).Select(separator => separator.Text("separators"))];
        if (separators is not null and not [_, _])
            throw new TemplateException("separators must be a pair");
        JsonText json = new(indent, separators?[0] ?? (indent is null ? ", " : ","), separators?[1] ?? ": ", given[3]?.IsTrue ?? false, given[0]?.IsTrue ?? false);
        return new TextValue(json.Write(value.Defined(), rendering.Budget));
    }
}
