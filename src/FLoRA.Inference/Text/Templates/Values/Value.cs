using System.Text;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>
/// A value of a template, with Python's meaning. The kinds are few and closed, and none leads to an object of the program: that is the sandbox.
/// What is not overridden is what Python refuses.
/// </summary>
internal abstract class Value
{
    /// <summary>Python's name of the type.</summary>
    public abstract string TypeName { get; }

    /// <summary>Truth.</summary>
    public virtual bool IsTrue => true;

    /// <summary>Whether it is a number, and which; true and false are 1 and 0.</summary>
    public virtual double? AsNumber => null;

    /// <summary>Whether it is a whole number, and which; true and false are 1 and 0.</summary>
    public virtual long? AsInteger => null;

    /// <summary>The text that is written out (<c>str</c>).</summary>
    public virtual string ToText(RenderBudget budget)
    {
        StringBuilder text = new();
        WriteLiteral(text, budget);
        return text.ToString();
    }

    /// <summary>Appends the value as source text (<c>repr</c>).</summary>
    public abstract void WriteLiteral(StringBuilder text, RenderBudget budget);

    /// <summary>What a dot leads to; null: there is no such attribute.</summary>
    public virtual Value? Attribute(string name) => null;

    /// <summary>What brackets lead to; null: there is no such item.</summary>
    public virtual Value? Item(Value key) => null;

    /// <summary>A part, by Python's rules for slices.</summary>
    public virtual Value Slice(Slice slice, RenderBudget budget) => throw new TemplateException($"'{TypeName}' object cannot be sliced");

    /// <summary>The values that a loop goes through.</summary>
    public virtual IReadOnlyList<Value> Items(RenderBudget budget) => throw new TemplateException($"'{TypeName}' object is not iterable");

    /// <summary>Units of work that going through the value takes, each about as much as a character: what an operation on it may cost.</summary>
    public virtual int Size => 1;

    /// <summary>Number of items or characters.</summary>
    public virtual int Length => throw new TemplateException($"object of type '{TypeName}' has no len()");

    /// <summary>Whether <c>in</c> finds a value.</summary>
    public virtual bool Contains(Value value, RenderBudget budget) => throw new TemplateException($"argument of type '{TypeName}' is not iterable");

    /// <summary>Equality.</summary>
    public virtual bool IsSame(Value other, RenderBudget budget) => ReferenceEquals(this, other);

    /// <summary>Calls it.</summary>
    public virtual Value Call(Rendering rendering, Arguments arguments) => throw new TemplateException($"'{TypeName}' object is not callable");
}
