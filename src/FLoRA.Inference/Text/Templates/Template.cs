using FLoRA.Inference.Text.Templates.Statements;
using FLoRA.Inference.Text.Templates.Syntax;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates;

/// <summary>
/// The part of Jinja that chat templates use, as transformers sets it up: trim_blocks, lstrip_blocks, loop controls, values that templates cannot
/// change. Sandboxed by construction: templates reach their own values only (<see cref="Value"/>), within a budget. Thread-safe.
/// </summary>
internal sealed class Template
{
    private readonly IReadOnlyList<Statement> _body;

    private Template(IReadOnlyList<Statement> body) => _body = body;

    /// <exception cref="TemplateException">The source is no template, or uses what is not supported; has the line.</exception>
    public static Template Parse(string source) => new(StatementParser.Parse(source));

    /// <summary>Carries the template out.</summary>
    /// <param name="variables">What it gets.</param>
    /// <param name="budget">What it may use up.</param>
    /// <param name="time">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="TemplateRefusalException">The template refuses.</exception>
    /// <exception cref="TemplateException">It cannot be carried out; has the line.</exception>
    public string Render(IEnumerable<KeyValuePair<string, Value>> variables, RenderBudget budget, TimeProvider time)
    {
        Rendering rendering = new(budget, time);
        foreach ((string name, Value value) in variables)
            rendering.Scope.Set(name, value);
        try
        {
            Statement.Run(_body, rendering);
        }
        catch (TemplateException e) when (e is not TemplateRefusalException && e.Line == 0)
        {
            throw new TemplateException(e.Message, rendering.Line, e);
        }

        return rendering.Output;
    }
}
