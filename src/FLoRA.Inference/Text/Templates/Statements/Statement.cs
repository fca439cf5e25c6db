using FLoRA.Inference.Text.Templates.Expressions;

namespace FLoRA.Inference.Text.Templates.Statements;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    /// <summary>The next one follows.</summary>
    Next,

    /// <summary>The loop around it ends.</summary>
    Break,

    /// <summary>The loop around it goes on with the next item.</summary>
    Continue,
}

/// <summary>A part of a template that does something.</summary>
/// <param name="line">Line in the template, from 1.</param>
internal abstract class Statement(int line)
{
    /// <summary>Carries statements out one after the other.</summary>
    public static Flow Run(IReadOnlyList<Statement> body, Rendering rendering)
    {
        rendering.Budget.Enter();
        foreach (Statement statement in body)
        {
            rendering.Budget.Spend(1);
            rendering.Line = statement.Line;
            if (statement.Run(rendering) is not Flow.Next and var flow)
            {
                rendering.Budget.Leave();
                return flow;
            }
        }

        rendering.Budget.Leave();
        return Flow.Next;
    }

    /// <summary>Carries it out.</summary>
    protected abstract Flow Run(Rendering rendering);

    private int Line { get; } = line;
}

/// <summary>Text outside of tags.</summary>
internal sealed class DataStatement(string text, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        rendering.Write(text);
        return Flow.Next;
    }
}

/// <summary>Writes a value.</summary>
internal sealed class OutputStatement(Expression value, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        rendering.Write(value.Evaluate(rendering).ToText(rendering.Budget));
        return Flow.Next;
    }
}

/// <summary><c>break</c> and <c>continue</c>.</summary>
internal sealed class JumpStatement(Flow flow, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering) => flow;
}

/// <summary><c>if</c> with its branches; a branch without condition is <c>else</c>.</summary>
internal sealed class IfStatement(IReadOnlyList<(Expression? Condition, IReadOnlyList<Statement> Body)> branches, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        foreach ((Expression? condition, IReadOnlyList<Statement> body) in branches)
        {
            if (condition is null || condition.Evaluate(rendering).IsTrue)
                return Run(body, rendering);
        }

        return Flow.Next;
    }
}

/// <summary>Statements that belong together and nothing more, such as <c>generation</c>.</summary>
internal sealed class GroupStatement(IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering) => Run(body, rendering);
}
