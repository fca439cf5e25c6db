using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Statements;

/// <summary><c>{% for x in items if condition recursive %}...{% else %}...{% endfor %}</c>.</summary>
internal sealed class ForStatement(Target target, Expression items, Expression? condition, bool recursive, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise, int line)
    : Statement(line)
{
    protected override Flow Run(Rendering rendering) => Loop(rendering, rendering.Scope, items.Evaluate(rendering), depth: 0);

    private Flow Loop(Rendering rendering, Scope outer, Value through, int depth)
    {
        IReadOnlyList<Value> all = through.Items(rendering.Budget);
        IReadOnlyList<Value> chosen = condition is null ? all : [.. all.Where(item => rendering.InScope(outer, scope =>
        {
            target.Set(item, scope, rendering);
            return condition.Evaluate(rendering).IsTrue;
        }))];
        LoopValue loop = new(chosen, depth, recursive ? (again, value, level) => Recurse(again, outer, value, level) : null);
        for (; loop.Index < chosen.Count; loop.Index++)
        {
            Flow flow = rendering.InScope(outer, scope =>
            {
                scope.Set("loop", loop);
                target.Set(chosen[loop.Index], scope, rendering);
                return Run(body, rendering);
            });
            if (flow == Flow.Break)
                break;
        }

        return chosen.Count == 0 ? rendering.InScope(outer, _ => Run(otherwise, rendering)) : Flow.Next;
    }

    private TextValue Recurse(Rendering rendering, Scope outer, Value through, int depth) =>
        rendering.InScope(outer, _ => rendering.Capture([new RecursionStatement(this, outer, through, depth)]));

    // The body once more, as a statement, so that what it writes can be captured.
    private sealed class RecursionStatement(ForStatement loop, Scope outer, Value through, int depth) : Statement(0)
    {
        protected override Flow Run(Rendering rendering) => loop.Loop(rendering, outer, through, depth);
    }
}
