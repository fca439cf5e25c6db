using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Statements;

/// <summary>A function whose value is what its body writes.</summary>
/// <param name="Name">For error messages.</param>
/// <param name="Parameters">Names, with what they are where nothing is given.</param>
/// <param name="Body">The statements.</param>
internal sealed record Macro(string Name, IReadOnlyList<(string Name, Expression? Missing)> Parameters, IReadOnlyList<Statement> Body)
{
    private const string Caller = "caller", MorePositional = "varargs", MoreNamed = "kwargs";

    /// <summary>The body looks at arguments beyond the parameters.</summary>
    public bool TakesMore { get; init; }

    /// <summary>The body looks at arguments by other names.</summary>
    public bool TakesMoreNamed { get; init; }

    /// <summary>The body calls its caller.</summary>
    public bool TakesCaller { get; init; }

    /// <summary>The function, with the names that are in force where it is made.</summary>
    public FunctionValue Over(Scope outer) => new(Name, (rendering, arguments) => rendering.InScope(outer, scope =>
    {
        Bind(arguments, scope, rendering);
        return rendering.Capture(Body);
    }));

    private void Bind(Arguments arguments, Scope scope, Rendering rendering)
    {
        if (arguments.Positional.Count > Parameters.Count && !TakesMore)
            throw new TemplateException($"macro '{Name}' takes not more than {Parameters.Count} argument(s)");
        string[] unknown = [.. arguments.Named.Keys.Where(name => !(name == Caller && TakesCaller) && Parameters.All(parameter => parameter.Name != name))];
        if (unknown.Length > 0 && !TakesMoreNamed)
            throw new TemplateException($"macro '{Name}' takes no keyword argument '{unknown[0]}'");
        scope.Set(MorePositional, new ListValue([.. arguments.Positional.Skip(Parameters.Count)], isTuple: true));
        scope.Set(MoreNamed, MapValue.Of(arguments.Named.Where(argument => unknown.Contains(argument.Key))));
        if (arguments.Named.TryGetValue(Caller, out Value? caller))
            scope.Set(Caller, caller);
        foreach ((int i, (string name, Expression? missing)) in Parameters.Index())
        {
            bool named = arguments.Named.TryGetValue(name, out Value? value);
            if (named && i < arguments.Positional.Count)
                throw new TemplateException($"macro '{Name}' got multiple values for argument '{name}'");
            value ??= i < arguments.Positional.Count ? arguments.Positional[i] : missing?.Evaluate(rendering);
            scope.Set(name, value ?? new UndefinedValue($"parameter '{name}' was not provided"));
        }
    }
}

/// <summary><c>{% macro m(a, b=1) %}...{% endmacro %}</c>.</summary>
internal sealed class MacroStatement(Macro macro, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        rendering.Scope.Set(macro.Name, macro.Over(rendering.Scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call(a) m(b) %}...{% endcall %}</c>: calls a macro that calls the body as <c>caller(a)</c>.</summary>
internal sealed class CallStatement(CallExpression call, Macro caller, int line) : Statement(line)
{
    protected override Flow Run(Rendering rendering)
    {
        rendering.Write(call.Evaluate(rendering, "caller", caller.Over(rendering.Scope)).ToText(rendering.Budget));
        return Flow.Next;
    }
}
