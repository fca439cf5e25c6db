using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates;

/// <summary>The names that a part of a template sets, over those of what is around it.</summary>
/// <param name="outer">Null: the outermost.</param>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);

    /// <summary>Sets a name here.</summary>
    public void Set(string name, Value value) => _values[name] = value;

    /// <summary>What a name means here; null: nothing.</summary>
    public Value? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._values.TryGetValue(name, out Value? value))
                return value;
        }

        return null;
    }

    private Scope? Outer { get; } = outer;
}
