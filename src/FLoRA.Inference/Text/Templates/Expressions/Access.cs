using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Expressions;

/// <summary>A dot: an attribute, else the item of that name.</summary>
internal sealed class AttributeExpression(Expression target, string name) : Expression
{
    /// <summary>Follows a dot from a value.</summary>
    public static Value Get(Value value, string name) => value switch
    {
        UndefinedValue undefined => throw undefined.Error,
        _ => value.Attribute(name) ?? value.Item(new TextValue(name)) ?? new UndefinedValue($"'{value.TypeName} object' has no attribute '{name}'"),
    };

    protected override Value Compute(Rendering rendering) => Get(target.Evaluate(rendering), name);
}

/// <summary>Brackets: an item, else the attribute of that name.</summary>
internal sealed class ItemExpression(Expression target, Expression key) : Expression
{
    /// <summary>Follows brackets from a value.</summary>
    public static Value Get(Value value, Value key) => value switch
    {
        UndefinedValue undefined => throw undefined.Error,
        _ => value.Item(key) ?? (key is TextValue name ? value.Attribute(name.Text) : null) ?? Missing(value, key),
    };

    protected override Value Compute(Rendering rendering)
    {
        (Value value, Value place) = (target.Evaluate(rendering), key.Evaluate(rendering));
        rendering.Budget.Spend(place.Size);
        return Get(value, place);
    }

    private static UndefinedValue Missing(Value value, Value key) => new(key is TextValue name
        ? $"'{value.TypeName} object' has no attribute '{name.Text}'"
        : key.AsInteger is { } place ? $"{value.TypeName} object has no element {place}" : $"{value.TypeName} object has no such element");
}

/// <summary>A part of a sequence.</summary>
internal sealed class SliceExpression(Expression target, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override Value Compute(Rendering rendering)
    {
        Value value = target.Evaluate(rendering).Defined();
        return value.Slice(new Slice(Place(start, rendering), Place(stop, rendering), Place(step, rendering)), rendering.Budget);
    }

    // Far beyond any text and far from an overflow.
    private static long? Place(Expression? place, Rendering rendering) => place?.Evaluate(rendering) switch
    {
        null or NoneValue => null,
        { } value => Math.Clamp(value.Integer("slice indices"), int.MinValue, int.MaxValue),
    };
}

/// <summary>A call.</summary>
internal sealed class CallExpression(Expression target, ArgumentList arguments) : Expression
{
    protected override Value Compute(Rendering rendering)
    {
        (Value function, Arguments given) = (target.Evaluate(rendering), arguments.Evaluate(rendering));
        rendering.Budget.Spend(given.Size);
        return function.Call(rendering, given);
    }

    /// <summary>Calls with one more argument by name.</summary>
    public Value Evaluate(Rendering rendering, string name, Value value)
    {
        Arguments given = arguments.Evaluate(rendering);
        return target.Evaluate(rendering).Call(rendering, given with { Named = new Dictionary<string, Value>(given.Named) { [name] = value } });
    }
}

/// <summary>Arguments as they are written.</summary>
/// <param name="Positional">Those without names.</param>
/// <param name="Named">Those with names.</param>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    /// <summary>None.</summary>
    public static ArgumentList None { get; } = new([], []);

    /// <summary>Their values.</summary>
    public Arguments Evaluate(Rendering rendering) => new(
        [.. Positional.Select(argument => argument.Evaluate(rendering))],
        Named.ToDictionary(argument => argument.Name, argument => argument.Value.Evaluate(rendering), StringComparer.Ordinal));
}
