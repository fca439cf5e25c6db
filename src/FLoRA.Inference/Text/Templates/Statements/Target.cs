using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Statements;

/// <summary>What a value is given to: a name, an attribute of a namespace, or several names at once.</summary>
internal abstract class Target
{
    /// <summary>Gives a value to it.</summary>
    public abstract void Set(Value value, Scope scope, Rendering rendering);
}

/// <summary>A name of the scope.</summary>
internal sealed class NameTarget(string name) : Target
{
    public override void Set(Value value, Scope scope, Rendering rendering) => scope.Set(name, value);
}

/// <summary>An attribute of a namespace.</summary>
internal sealed class NamespaceTarget(string name, string attribute) : Target
{
    public override void Set(Value value, Scope scope, Rendering rendering)
    {
        if (rendering.Find(name) is not NamespaceValue values)
            throw new TemplateException($"cannot assign attribute '{attribute}' of '{name}': it is no namespace object");
        values.Set(attribute, value);
    }
}

/// <summary>Several, each gets an item of the value.</summary>
internal sealed class TupleTarget(IReadOnlyList<Target> targets) : Target
{
    public override void Set(Value value, Scope scope, Rendering rendering)
    {
        IReadOnlyList<Value> items = value.Defined().Items(rendering.Budget);
        if (items.Count != targets.Count)
            throw new TemplateException($"{targets.Count} values to unpack are expected, {items.Count} are there");
        for (int i = 0; i < items.Count; i++)
            targets[i].Set(items[i], scope, rendering);
    }
}
