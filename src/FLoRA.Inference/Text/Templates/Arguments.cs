using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates;

/// <summary>Arguments of a call.</summary>
/// <param name="Positional">Those without names.</param>
/// <param name="Named">Those with names.</param>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyDictionary<string, Value> Named)
{
    /// <summary>No arguments.</summary>
    public static Arguments None { get; } = new([], new Dictionary<string, Value>());

    /// <summary>Work of going through all of them.</summary>
    public long Size => Positional.Sum(value => (long)value.Size) + Named.Values.Sum(value => (long)value.Size);

    /// <summary>The arguments by their places.</summary>
    /// <param name="function">For the error.</param>
    /// <param name="required">How many there must be.</param>
    /// <param name="names">Names of all, in order.</param>
    /// <returns>One for each name; null: it is not given.</returns>
    /// <exception cref="TemplateException">One is missing, unknown, given twice, or there are too many.</exception>
    public Value?[] Bind(string function, int required, params string[] names)
    {
        if (Positional.Count > names.Length)
            throw new TemplateException($"{function}() takes {names.Length} arguments, {Positional.Count} are given");
        Value?[] bound = new Value?[names.Length];
        for (int i = 0; i < Positional.Count; i++)
            bound[i] = Positional[i];
        foreach ((string name, Value value) in Named)
        {
            int place = Array.IndexOf(names, name);
            if (place < 0)
                throw new TemplateException($"{function}() got an unexpected keyword argument '{name}'");
            if (bound[place] is not null)
                throw new TemplateException($"{function}() got multiple values for argument '{name}'");
            bound[place] = value;
        }

        for (int i = 0; i < required; i++)
        {
            if (bound[i] is null)
                throw new TemplateException($"{function}() misses the argument '{names[i]}'");
        }

        return bound;
    }
}
