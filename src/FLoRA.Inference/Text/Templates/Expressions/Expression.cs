using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Expressions;

/// <summary>A part of a template that has a value.</summary>
internal abstract class Expression
{
    /// <summary>The value now.</summary>
    public Value Evaluate(Rendering rendering)
    {
        rendering.Budget.Spend(1);
        rendering.Budget.Enter();
        Value value = Compute(rendering);
        rendering.Budget.Leave();
        return value;
    }

    /// <summary>Computes it.</summary>
    protected abstract Value Compute(Rendering rendering);
}

/// <summary>A value as it is written.</summary>
internal sealed class Literal(Value value) : Expression
{
    protected override Value Compute(Rendering rendering) => value;
}

/// <summary>A list or a tuple.</summary>
internal sealed class ListLiteral(IReadOnlyList<Expression> items, bool isTuple) : Expression
{
    protected override Value Compute(Rendering rendering) => new ListValue([.. items.Select(item => item.Evaluate(rendering))], isTuple);
}

/// <summary>A dict.</summary>
internal sealed class MapLiteral(IReadOnlyList<(Expression Key, Expression Value)> entries) : Expression
{
    protected override Value Compute(Rendering rendering) => new MapValue(entries.Select(entry =>
    {
        Value key = entry.Key.Evaluate(rendering);
        rendering.Budget.Spend(key.Size);
        return (key, entry.Value.Evaluate(rendering));
    }));
}

/// <summary>A variable.</summary>
internal sealed class NameExpression(string name) : Expression
{
    protected override Value Compute(Rendering rendering) => rendering.Find(name);
}
