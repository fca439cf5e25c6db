using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Methods of lists and tuples. Those that would change them are refused, as in transformers.</summary>
internal static class ListMethods
{
    private static readonly string[] Changing = ["append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear"];

    /// <summary>A method by its name; null: there is none.</summary>
    public static Value? Find(ListValue list, string name) => name switch
    {
        "index" => new FunctionValue(name, (rendering, arguments) => Index(list, rendering, arguments)),
        "count" => new FunctionValue(name, (rendering, arguments) =>
        {
            Value value = arguments.Bind("count", 1, "value")[0]!;
            rendering.Budget.Spend(list.Size);
            return new IntegerValue(list.Items(rendering.Budget).Count(item => item.IsSame(value, rendering.Budget)));
        }),
        "copy" => new FunctionValue(name, (_, _) => list),
        _ when Changing.Contains(name) => new FunctionValue(name, (_, _) => throw new TemplateException($"access to attribute '{name}' of 'list' object is unsafe: templates cannot change values")),
        _ => null,
    };

    private static IntegerValue Index(ListValue list, Rendering rendering, Arguments arguments)
    {
        Value value = arguments.Bind("index", 1, "value")[0]!;
        rendering.Budget.Spend(list.Size);
        IReadOnlyList<Value> items = list.Items(rendering.Budget);
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].IsSame(value, rendering.Budget))
                return new IntegerValue(i);
        }

        throw new TemplateException($"{value.ToText(rendering.Budget)} is not in list");
    }
}
