using System.Text;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>A function, a method or a macro.</summary>
/// <param name="name">For error messages.</param>
/// <param name="call">What it does.</param>
internal sealed class FunctionValue(string name, Func<Rendering, Arguments, Value> call) : Value
{
    public override string TypeName => "function";

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append($"<function {name}>");

    public override Value Call(Rendering rendering, Arguments arguments) => call(rendering, arguments);
}
