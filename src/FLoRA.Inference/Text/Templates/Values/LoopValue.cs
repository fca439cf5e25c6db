using System.Text;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>The variable <c>loop</c>.</summary>
/// <param name="items">What the loop goes through.</param>
/// <param name="depth">Of recursive loops, from 0.</param>
/// <param name="recurse">Goes through other items with the same body; null: the loop is not recursive.</param>
internal sealed class LoopValue(IReadOnlyList<Value> items, int depth, Func<Rendering, Value, int, Value>? recurse) : Value
{
    private ListValue? _changed;

    /// <summary>The place of the item now.</summary>
    public int Index { get; set; }

    public override string TypeName => "LoopContext";

    public override int Length => items.Count;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append($"<LoopContext {Index + 1}/{items.Count}>");

    public override Value? Attribute(string name) => name switch
    {
        "index" => new IntegerValue(Index + 1),
        "index0" => new IntegerValue(Index),
        "revindex" => new IntegerValue(items.Count - Index),
        "revindex0" => new IntegerValue(items.Count - Index - 1),
        "first" => BooleanValue.Of(Index == 0),
        "last" => BooleanValue.Of(Index == items.Count - 1),
        "length" => new IntegerValue(items.Count),
        "depth" => new IntegerValue(depth + 1),
        "depth0" => new IntegerValue(depth),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue("cycle", (_, arguments) => arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw new TemplateException("no items for cycling given")),
        "changed" => new FunctionValue("changed", (rendering, arguments) => Changed(new ListValue(arguments.Positional), rendering.Budget)),
        _ => null,
    };

    public override Value Call(Rendering rendering, Arguments arguments) => recurse is null
        ? throw new TemplateException("the loop must have the 'recursive' marker to be called recursively")
        : recurse(rendering, arguments.Bind("loop", 1, "iterable")[0]!, depth + 1);

    private BooleanValue Changed(ListValue values, RenderBudget budget)
    {
        bool changed = _changed is null || !_changed.IsSame(values, budget);
        _changed = values;
        return BooleanValue.Of(changed);
    }
}
