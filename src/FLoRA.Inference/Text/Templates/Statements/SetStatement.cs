using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Statements;

/// <summary><c>{% set x = value %}</c>.</summary>
internal sealed class SetStatement(Target target, Expression value, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        target.Set(value.Evaluate(rendering), rendering.Scope, rendering);
        return Flow.Next;
    }
}

/// <summary><c>{% set x %}...{% endset %}</c>: what the body writes, after filters.</summary>
internal sealed class SetBlockStatement(Target target, Func<Value, Rendering, Value> filter, IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        Value text = rendering.InScope(null, _ => rendering.Capture(body));
        target.Set(filter(text, rendering), rendering.Scope, rendering);
        return Flow.Next;
    }
}

/// <summary><c>{% filter f %}...{% endfilter %}</c>.</summary>
internal sealed class FilterStatement(Func<Value, Rendering, Value> filter, IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        rendering.Write(filter(rendering.InScope(null, _ => rendering.Capture(body)), rendering).ToText(rendering.Budget));
        return Flow.Next;
    }
}

/// <summary><c>{% with x = value %}...{% endwith %}</c>.</summary>
internal sealed class WithStatement(IReadOnlyList<(Target Target, Expression Value)> values, IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        (Target, Value)[] given = [.. values.Select(value => (value.Target, value.Value.Evaluate(rendering)))];
        return rendering.InScope(null, scope =>
        {
            foreach ((Target target, Value value) in given)
                target.Set(value, scope, rendering);
            return Run(body, rendering);
        });
    }
}
