using System.Text;
using FLoRA.Inference.Text.Templates.Builtins;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>A dict: in the order in which its entries came. Templates cannot change it.</summary>
internal sealed class MapValue : Value
{
    private readonly Dictionary<object, Value> _values = [];
    private readonly List<Value> _keys = [];

    /// <param name="entries">Of a key given twice the last value counts, at the place of the first.</param>
    /// <exception cref="TemplateException">A key cannot be one.</exception>
    public MapValue(IEnumerable<(Value Key, Value Value)> entries)
    {
        foreach ((Value key, Value value) in entries)
        {
            object name = KeyOf(key) ?? throw new TemplateException($"unhashable type: '{key.TypeName}'");
            if (!_values.ContainsKey(name))
                _keys.Add(key);
            _values[name] = value;
        }
    }

    public override string TypeName => "dict";

    public override bool IsTrue => _keys.Count > 0;

    public override int Size => _keys.Count;

    public override int Length => _keys.Count;

    /// <summary>Keys with values, in order.</summary>
    public IEnumerable<(Value Key, Value Value)> Entries => _keys.Select(key => (key, _values[KeyOf(key)!]));

    /// <summary>A map of names.</summary>
    public static MapValue Of(IEnumerable<KeyValuePair<string, Value>> entries) => new(entries.Select(entry => ((Value)new TextValue(entry.Key), entry.Value)));

    public override void WriteLiteral(StringBuilder text, RenderBudget budget)
    {
        budget.Enter();
        text.Append('{');
        foreach ((int i, (Value key, Value value)) in Entries.Index())
        {
            budget.Spend(1);
            text.Append(i > 0 ? ", " : "");
            key.WriteLiteral(text, budget);
            text.Append(": ");
            value.WriteLiteral(text, budget);
        }

        text.Append('}');
        budget.Leave();
    }

    public override Value? Attribute(string name) => MapMethods.Find(this, name);

    public override Value? Item(Value key) => KeyOf(key) is { } name && _values.TryGetValue(name, out Value? value) ? value : null;

    public override IReadOnlyList<Value> Items(RenderBudget budget) => _keys;

    public override bool Contains(Value value, RenderBudget budget)
    {
        budget.Spend(value.Size);
        return Item(value) is not null;
    }

    public override bool IsSame(Value other, RenderBudget budget)
    {
        if (other is not MapValue map || map.Length != Length)
            return false;
        budget.Spend(Length);
        budget.Enter();
        bool same = Entries.All(entry => map.Item(entry.Key) is { } value && value.IsSame(entry.Value, budget));
        budget.Leave();
        return same;
    }

    // Equal numbers are equal keys, whatever their type; lists and maps are none.
    private static object? KeyOf(Value key) => key switch
    {
        TextValue text => text.Text,
        NoneValue => NoneValue.Instance,
        ListValue { IsTuple: true } => key,
        _ => key.AsNumber,
    };
}
