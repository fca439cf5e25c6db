using System.Globalization;
using System.Text;
using FLoRA.Inference.Text.Templates.Builtins;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>A text. Places count code points, as in Python.</summary>
/// <param name="text">The text.</param>
internal sealed class TextValue(string text) : Value
{
    // Going through 16 characters is about as much as a step.
    private const int CharactersPerStep = 16;

    private int[]? _starts;
    private bool? _isWide;

    public static TextValue Empty { get; } = new("");

    public string Text => text;

    public override string TypeName => "str";

    public override bool IsTrue => text.Length > 0;

    public override int Size => text.Length / CharactersPerStep;

    public override int Length => IsWide ? Starts.Length - 1 : text.Length;

    // It has code points of two units.
    private bool IsWide => _isWide ??= CodePointShadow.IsNeeded(text);

    // [code points + 1]: where each begins, with the end.
    private int[] Starts => _starts ??= CodePointShadow.Of(text).Starts;

    /// <summary>The code points from one place up to another.</summary>
    public string Part(int from, int to) => IsWide ? text[Starts[from]..Starts[to]] : text[from..to];

    /// <summary>The place of a code point that begins at a unit.</summary>
    public int PlaceOf(int unit) => IsWide ? Array.BinarySearch(Starts, unit) : unit;

    /// <summary>Where a place begins, in units.</summary>
    public int UnitOf(int place) => IsWide ? Starts[place] : place;

    public override string ToText(RenderBudget budget) => text;

    public override void WriteLiteral(StringBuilder output, RenderBudget budget)
    {
        budget.Spend(text.Length);
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => output.Append("\\n"),
                '\r' => output.Append("\\r"),
                '\t' => output.Append("\\t"),
                '\\' => output.Append("\\\\"),
                var c when c == quote => output.Append('\\').Append(quote),
                var c when IsPrintable(rune) => output.Append(rune.ToString()),
                <= 0xFF and var c => output.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}"),
                <= 0xFFFF and var c => output.Append(CultureInfo.InvariantCulture, $"\\u{c:x4}"),
                var c => output.Append(CultureInfo.InvariantCulture, $"\\U{c:x8}"),
            };
        }

        output.Append(quote);
    }

    public override Value? Attribute(string name) => TextMethods.All.TryGetValue(name, out TextMethods.Method? method)
        ? new FunctionValue(name, (rendering, arguments) =>
        {
            rendering.Budget.Spend(Size);
            return method(this, rendering, arguments);
        })
        : null;

    public override Value? Item(Value key)
    {
        if (key.AsInteger is not { } place)
            return null;
        int length = Length;
        place = place < 0 ? place + length : place;
        return place >= 0 && place < length ? new TextValue(Part((int)place, (int)place + 1)) : null;
    }

    public override Value Slice(Slice slice, RenderBudget budget)
    {
        budget.Spend(text.Length);
        if (slice.Step is null or 1)
        {
            int[] places = [.. slice.Of(Length).Take(1)];
            return places.Length == 0 ? Empty : new TextValue(Part(places[0], places[0] + slice.Of(Length).Count()));
        }

        return new TextValue(string.Concat(slice.Of(Length).Select(place => Part(place, place + 1))));
    }

    public override IReadOnlyList<Value> Items(RenderBudget budget)
    {
        // Each becomes a value.
        budget.Spend((long)text.Length * 4);
        return [.. Enumerable.Range(0, Length).Select(place => new TextValue(Part(place, place + 1)))];
    }

    public override bool Contains(Value value, RenderBudget budget) => value is TextValue part
        ? Find(part.Text, 0, budget) >= 0
        : throw new TemplateException($"'in <string>' requires string as left operand, not {value.TypeName}");

    /// <summary>Where a text is found, in units; -1: nowhere.</summary>
    public int Find(string part, int from, RenderBudget budget)
    {
        // A hostile pair of texts may be compared at every place.
        budget.Spend((text.Length - (long)from) * (1 + (part.Length / CharactersPerStep)));
        return text.IndexOf(part, from, StringComparison.Ordinal);
    }

    public override bool IsSame(Value other, RenderBudget budget)
    {
        budget.Spend(Size);
        return other is TextValue same && same.Text == text;
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
