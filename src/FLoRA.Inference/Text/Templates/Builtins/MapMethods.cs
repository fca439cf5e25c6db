using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Methods of dicts. Those that would change them are refused, as in transformers.</summary>
internal static class MapMethods
{
    private static readonly string[] Changing = ["pop", "popitem", "update", "setdefault", "clear"];

    /// <summary>A method by its name; null: there is none.</summary>
    public static Value? Find(MapValue map, string name) => name switch
    {
        "items" => Function(map, name, () => Entries(map)),
        "keys" => Function(map, name, () => new ListValue([.. map.Entries.Select(entry => entry.Key)])),
        "values" => Function(map, name, () => new ListValue([.. map.Entries.Select(entry => entry.Value)])),
        "copy" => Function(map, name, () => map),
        "get" => new FunctionValue(name, (_, arguments) =>
        {
            Value?[] given = arguments.Bind("get", 1, "key", "default");
            return map.Item(given[0]!) ?? given[1] ?? NoneValue.Instance;
        }),
        _ when Changing.Contains(name) => new FunctionValue(name, (_, _) => throw new TemplateException($"access to attribute '{name}' of 'dict' object is unsafe: templates cannot change values")),
        _ => null,
    };

    /// <summary>Keys with values, as tuples.</summary>
    public static ListValue Entries(MapValue map) => new([.. map.Entries.Select(entry => new ListValue([entry.Key, entry.Value], isTuple: true))]);

    private static FunctionValue Function(MapValue map, string name, Func<Value> call) => new(name, (rendering, arguments) =>
    {
        arguments.Bind(name, 0);
        rendering.Budget.Spend(map.Size);
        return call();
    });
}
