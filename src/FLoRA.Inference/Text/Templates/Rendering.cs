using System.Text;
using FLoRA.Inference.Text.Templates.Builtins;
using FLoRA.Inference.Text.Templates.Statements;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates;

/// <summary>The state of one rendering. Not thread-safe.</summary>
/// <param name="budget">What may be used up.</param>
/// <param name="time">The clock of <c>strftime_now</c>.</param>
internal sealed class Rendering(RenderBudget budget, TimeProvider time)
{
    private StringBuilder _output = new();

    /// <summary>What may be used up.</summary>
    public RenderBudget Budget => budget;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Names.</summary>
    public Scope Scope { get; private set; } = new(null);

    /// <summary>Line of the statement that is carried out.</summary>
    public int Line { get; set; }

    /// <summary>What has been written.</summary>
    public string Output => _output.ToString();

    /// <summary>Appends to the output.</summary>
    public void Write(string text)
    {
        budget.Write(text.Length);
        _output.Append(text);
    }

    /// <summary>What a name means.</summary>
    public Value Find(string name) => Scope.Find(name) ?? Globals.Find(name) ?? new UndefinedValue($"'{name}' is undefined");

    /// <summary>Carries something out with names of its own.</summary>
    /// <param name="outer">What is around it; null: where the rendering is.</param>
    /// <param name="action">Gets the new scope, which is the one in force.</param>
    public T InScope<T>(Scope? outer, Func<Scope, T> action)
    {
        Scope before = Scope;
        Scope = new Scope(outer ?? before);
        budget.Enter();
        T result = action(Scope);
        budget.Leave();
        Scope = before;
        return result;
    }

    /// <summary>What statements write, as a text, in place of the output.</summary>
    public TextValue Capture(IReadOnlyList<Statement> body)
    {
        StringBuilder before = _output;
        _output = new StringBuilder();
        Statement.Run(body, this);
        TextValue text = new(_output.ToString());
        _output = before;
        return text;
    }
}
