using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Functions that every template knows: Jinja's, and those that transformers adds.</summary>
internal static class Globals
{
    private const int MostRange = 1_000_000;

    private static readonly Dictionary<string, Value> All = new(StringComparer.Ordinal)
    {
        ["range"] = Function("range", Range),
        ["dict"] = Function("dict", (_, arguments) => new MapValue(Entries("dict", arguments))),
        ["namespace"] = Function("namespace", Namespace),
        ["raise_exception"] = Function("raise_exception", (rendering, arguments) => throw new TemplateRefusalException(arguments.Bind("raise_exception", 1, "message")[0]!.ToText(rendering.Budget))),
        ["strftime_now"] = Function("strftime_now", (rendering, arguments) => Now(rendering, arguments.Bind("strftime_now", 1, "format")[0]!.Text("format"))),
        ["joiner"] = Function("joiner", Joiner),
        ["cycler"] = Function("cycler", Cycler),
    };

    /// <summary>A function by its name; null: there is none.</summary>
    public static Value? Find(string name) => All.GetValueOrDefault(name);

    private static FunctionValue Function(string name, Func<Rendering, Arguments, Value> call) => new(name, call);

    private static TextValue Now(Rendering rendering, string format)
    {
        // A directive writes a word at most.
        rendering.Budget.Spend((long)format.Length * 8);
        return new TextValue(TimeFormat.Apply(format, rendering.Time.GetLocalNow()));
    }

    private static ListValue Range(Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("range", 1, "start", "stop", "step");
        long first = given[0]!.Integer("range"), step = given[2]?.Integer("range") ?? 1;
        (long start, long stop) = given[1] is { } end ? (first, end.Integer("range")) : (0, first);
        if (step == 0)
            throw new TemplateException("range() arg 3 must not be zero");
        decimal count = Math.Max(0, Math.Ceiling(((decimal)stop - start) / step));
        if (count > MostRange)
            throw new TemplateException($"range() has {count} items, at most {MostRange} are allowed");
        rendering.Budget.Spend((long)count);
        return new ListValue([.. Enumerable.Range(0, (int)count).Select(i => new IntegerValue(start + (i * step)))]);
    }

    private static NamespaceValue Namespace(Rendering rendering, Arguments arguments)
    {
        NamespaceValue values = new();
        foreach ((Value key, Value value) in Entries("namespace", arguments))
            values.Set(key.Text("namespace"), value);
        return values;
    }

    // Those of dicts, then those by name.
    private static IEnumerable<(Value Key, Value Value)> Entries(string function, Arguments arguments) => arguments.Positional
        .SelectMany(argument => argument is MapValue map ? map.Entries : throw new TemplateException($"{function}() takes a dict, not {argument.TypeName}"))
        .Concat(arguments.Named.Select(argument => ((Value)new TextValue(argument.Key), argument.Value)));

    // Nothing at the first call, then the separator.
    private static FunctionValue Joiner(Rendering rendering, Arguments arguments)
    {
        Value separator = arguments.Bind("joiner", 0, "sep")[0] ?? new TextValue(", ");
        bool used = false;
        return new FunctionValue("joiner", (_, _) =>
        {
            Value now = used ? separator : TextValue.Empty;
            used = true;
            return now;
        });
    }

    private static NamespaceValue Cycler(Rendering rendering, Arguments arguments)
    {
        IReadOnlyList<Value> items = arguments.Positional.Count > 0 ? arguments.Positional : throw new TemplateException("at least one item has to be provided");
        int at = 0;
        NamespaceValue cycler = new();
        cycler.Set("current", items[0]);
        cycler.Set("next", new FunctionValue("next", (_, _) =>
        {
            Value now = items[at];
            Go((at + 1) % items.Count);
            return now;
        }));
        cycler.Set("reset", new FunctionValue("reset", (_, _) =>
        {
            Go(0);
            return NoneValue.Instance;
        }));
        return cycler;

        void Go(int place)
        {
            at = place;
            cycler.Set("current", items[place]);
        }
    }
}
