using System.Text;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>What <c>namespace()</c> makes: the one thing that a template can change, by <c>{% set ns.name = value %}</c>.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    /// <summary>Sets an attribute.</summary>
    public void Set(string name, Value value) => _values[name] = value;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget)
    {
        budget.Enter();
        text.Append("<Namespace ");
        MapValue.Of(_values).WriteLiteral(text, budget);
        text.Append('>');
        budget.Leave();
    }

    public override Value? Attribute(string name) => _values.GetValueOrDefault(name);

    public override Value? Item(Value key) => key is TextValue name ? Attribute(name.Text) : null;
}
