using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Expressions;

/// <summary>Two values to one.</summary>
internal sealed class BinaryExpression(string sign, Expression left, Expression right) : Expression
{
    protected override Value Compute(Rendering rendering) => Arithmetic.Apply(sign, left.Evaluate(rendering), right.Evaluate(rendering), rendering.Budget);
}

/// <summary><c>-x</c>, <c>+x</c>.</summary>
internal sealed class SignExpression(bool negates, Expression operand) : Expression
{
    protected override Value Compute(Rendering rendering) => operand.Evaluate(rendering).Defined() switch
    {
        { AsInteger: long.MinValue } when negates => throw new TemplateException("the result of '-' has more than 64 bits"),
        { AsInteger: { } integer } => new IntegerValue(negates ? -integer : integer),
        { AsNumber: { } number } => new RealValue(negates ? -number : number),
        var value => throw new TemplateException($"bad operand type for unary {(negates ? '-' : '+')}: '{value.TypeName}'"),
    };
}

/// <summary><c>and</c>, <c>or</c>: one of the two values.</summary>
internal sealed class LogicExpression(bool isAnd, Expression left, Expression right) : Expression
{
    protected override Value Compute(Rendering rendering) => left.Evaluate(rendering) is var first && first.IsTrue == isAnd ? right.Evaluate(rendering) : first;
}

/// <summary><c>not x</c>.</summary>
internal sealed class NotExpression(Expression operand) : Expression
{
    protected override Value Compute(Rendering rendering) => BooleanValue.Of(!operand.Evaluate(rendering).IsTrue);
}

/// <summary>Comparisons in a chain: <c>a &lt; b &lt;= c</c>.</summary>
internal sealed class ComparisonExpression(Expression first, IReadOnlyList<(string Sign, Expression Operand)> rest) : Expression
{
    protected override Value Compute(Rendering rendering)
    {
        Value left = first.Evaluate(rendering);
        foreach ((string sign, Expression operand) in rest)
        {
            Value right = operand.Evaluate(rendering);
            if (!Arithmetic.Compare(sign, left, right, rendering.Budget))
                return BooleanValue.False;
            left = right;
        }

        return BooleanValue.True;
    }
}

/// <summary><c>a if b else c</c>.</summary>
internal sealed class ConditionalExpression(Expression condition, Expression yes, Expression? no) : Expression
{
    protected override Value Compute(Rendering rendering) => condition.Evaluate(rendering).IsTrue
        ? yes.Evaluate(rendering)
        : no?.Evaluate(rendering) ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined");
}

/// <summary><c>x | filter(...)</c>.</summary>
internal sealed class FilterExpression(Func<Value, Rendering, Arguments, Value> filter, Expression operand, ArgumentList arguments) : Expression
{
    protected override Value Compute(Rendering rendering) => filter(operand.Evaluate(rendering), rendering, arguments.Evaluate(rendering));
}

/// <summary><c>x is test(...)</c>.</summary>
internal sealed class TestExpression(Func<Value, Rendering, Arguments, bool> test, Expression operand, ArgumentList arguments) : Expression
{
    protected override Value Compute(Rendering rendering) => BooleanValue.Of(test(operand.Evaluate(rendering), rendering, arguments.Evaluate(rendering)));
}
