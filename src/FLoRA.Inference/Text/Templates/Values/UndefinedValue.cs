using System.Text;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>What is not there. It is false, empty and written as nothing; everything else that is done with it is an error that names it.</summary>
/// <param name="problem">Such as "'x' is undefined".</param>
internal sealed class UndefinedValue(string problem) : Value
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override int Length => 0;

    /// <summary>The error of using it.</summary>
    public TemplateException Error => new(problem);

    public override string ToText(RenderBudget budget) => "";

    public override void WriteLiteral(StringBuilder text, RenderBudget budget) => text.Append("Undefined");

    public override IReadOnlyList<Value> Items(RenderBudget budget) => [];

    public override bool Contains(Value value, RenderBudget budget) => false;

    public override bool IsSame(Value other, RenderBudget budget) => other is UndefinedValue;

    public override Value Call(Rendering rendering, Arguments arguments) => throw Error;
}
