using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Filters on lists.</summary>
internal static class ListFilters
{
    /// <summary>What an attribute's name leads to: parts between dots, numbers are places.</summary>
    public static Value Follow(Value value, Value attribute, RenderBudget budget)
    {
        budget.Spend(attribute.Size);
        if (attribute is not TextValue path)
            return ItemExpression.Get(value, attribute);
        foreach (string part in path.Text.Split('.'))
            value = ItemExpression.Get(value, long.TryParse(part, out long place) ? new IntegerValue(place) : new TextValue(part));
        return value;
    }

    /// <summary><c>map("filter", ...)</c>, <c>map(attribute="name", default=x)</c>.</summary>
    public static Value Map(Value value, Rendering rendering, Arguments arguments)
    {
        IReadOnlyList<Value> items = Counted(value, rendering);
        if (arguments.Positional.Count == 0 && arguments.Named.TryGetValue("attribute", out Value? attribute))
        {
            Value? missing = arguments.Named.GetValueOrDefault("default");
            return new ListValue([.. items.Select(item => Follow(item, attribute, rendering.Budget) is var found && found is UndefinedValue && missing is not null ? missing : found)]);
        }

        string name = arguments.Positional.Count > 0 ? arguments.Positional[0].Text("map") : throw new TemplateException("map requires a filter argument");
        Filter filter = Filters.Find(name) ?? throw new TemplateException($"No filter named '{name}'.");
        Arguments rest = arguments with { Positional = [.. arguments.Positional.Skip(1)] };
        return new ListValue([.. items.Select(item => filter(item, rendering, rest))]);
    }

    /// <summary><c>select</c>, <c>reject</c>, <c>selectattr</c>, <c>rejectattr</c>.</summary>
    public static Value Select(Value value, Rendering rendering, Arguments arguments, bool keeps, bool byAttribute)
    {
        int used = byAttribute ? 1 : 0;
        Value? attribute = !byAttribute ? null : arguments.Positional.Count > 0 ? arguments.Positional[0] : throw new TemplateException("Missing parameter for attribute name");
        Test? test = null;
        if (arguments.Positional.Count > used)
        {
            string name = arguments.Positional[used].Text("select");
            test = Tests.Find(name) ?? throw new TemplateException($"No test named '{name}'.");
        }

        Arguments rest = arguments with { Positional = [.. arguments.Positional.Skip(used + 1)] };
        return new ListValue([.. Counted(value, rendering).Where(item =>
        {
            Value tested = attribute is null ? item : Follow(item, attribute, rendering.Budget);
            return (test?.Invoke(tested, rendering, rest) ?? tested.IsTrue) == keeps;
        })]);
    }

    /// <summary>In order.</summary>
    public static Value Sort(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("sort", 0, "reverse", "case_sensitive", "attribute");
        bool exact = given[1]?.IsTrue ?? false;
        return new ListValue(Sorted(Counted(value, rendering), item => Key(given[2] is { } attribute ? Follow(item, attribute, rendering.Budget) : item, exact, rendering.Budget), given[0]?.IsTrue ?? false, rendering));
    }

    /// <summary>Entries of a dict in order.</summary>
    public static Value DictSort(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("dictsort", 0, "case_sensitive", "by", "reverse");
        int place = (given[1]?.Text("by") ?? "key") switch { "key" => 0, "value" => 1, _ => throw new TemplateException("You can only sort by either \"key\" or \"value\"") };
        ListValue entries = value is MapValue map ? MapMethods.Entries(map) : throw new TemplateException("dictsort needs a mapping");
        bool exact = given[0]?.IsTrue ?? false;
        return new ListValue(Sorted(Counted(entries, rendering), entry => Key(entry.Item(new IntegerValue(place))!, exact, rendering.Budget), given[2]?.IsTrue ?? false, rendering));
    }

    /// <summary>Items by an attribute: tuples of its value and the items, in order.</summary>
    public static Value GroupBy(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("groupby", 1, "attribute", "default");
        List<(Value Key, List<Value> Items)> groups = [];
        Value Of(Value item) => Follow(item, given[0]!, rendering.Budget) is var found && found is UndefinedValue && given[1] is { } missing ? missing : found;
        foreach (Value item in Sorted(Counted(value, rendering), item => Key(Of(item), exact: false, rendering.Budget), reverse: false, rendering))
        {
            if (groups.Count == 0 || !Key(groups[^1].Key, exact: false, rendering.Budget).IsSame(Key(Of(item), exact: false, rendering.Budget), rendering.Budget))
                groups.Add((Of(item), []));
            groups[^1].Items.Add(item);
        }

        return new ListValue([.. groups.Select(group => new ListValue([group.Key, new ListValue(group.Items)], isTuple: true))]);
    }

    /// <summary>Each once, as it came first.</summary>
    public static Value Unique(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("unique", 0, "case_sensitive", "attribute");
        List<Value> keys = [], items = [];
        foreach (Value item in Counted(value, rendering))
        {
            Value key = Key(given[1] is { } attribute ? Follow(item, attribute, rendering.Budget) : item, given[0]?.IsTrue ?? false, rendering.Budget);
            rendering.Budget.Spend(keys.Count);
            if (keys.Any(known => known.IsSame(key, rendering.Budget)))
                continue;
            keys.Add(key);
            items.Add(item);
        }

        return new ListValue(items);
    }

    /// <summary>From back to front.</summary>
    public static Value Reverse(Value value, Rendering rendering, Arguments arguments)
    {
        Value[] items = [.. value.Items(rendering.Budget).Reverse()];
        return value is TextValue ? new TextValue(string.Concat(items.Select(item => item.ToText(rendering.Budget)))) : new ListValue(items);
    }

    /// <summary>The sum, from a start.</summary>
    public static Value Sum(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("sum", 0, "attribute", "start");
        return Counted(value, rendering).Select(item => given[0] is { } attribute ? Follow(item, attribute, rendering.Budget) : item)
            .Aggregate(given[1] ?? new IntegerValue(0), (sum, item) => Arithmetic.Apply("+", sum, item, rendering.Budget));
    }

    /// <summary><c>max</c>, <c>min</c>.</summary>
    public static Value Extreme(Value value, Rendering rendering, Arguments arguments, bool highest)
    {
        Value?[] given = arguments.Bind(highest ? "max" : "min", 0, "case_sensitive", "attribute");
        IReadOnlyList<Value> items = Counted(value, rendering);
        Value? best = null;
        foreach (Value item in items)
        {
            Value Of(Value of) => Key(given[1] is { } attribute ? Follow(of, attribute, rendering.Budget) : of, given[0]?.IsTrue ?? false, rendering.Budget);
            if (best is null || Arithmetic.Order(Of(item), Of(best), rendering.Budget) is var order && (highest ? order > 0 : order < 0))
                best = item;
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    /// <summary>Lists of so many items.</summary>
    public static Value Batch(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("batch", 1, "linecount", "fill_with");
        int size = Math.Max(1, given[0]!.Small("linecount"));
        List<Value> lists = [];
        foreach (Value[] chunk in Counted(value, rendering).Chunk(size))
        {
            int missing = given[1] is null or NoneValue ? 0 : size - chunk.Length;
            rendering.Budget.Spend(missing);
            lists.Add(new ListValue([.. chunk, .. Enumerable.Repeat(given[1]!, missing)]));
        }

        return new ListValue(lists);
    }

    /// <summary>So many lists.</summary>
    public static Value Slices(Value value, Rendering rendering, Arguments arguments)
    {
        Value?[] given = arguments.Bind("slice", 1, "slices", "fill_with");
        IReadOnlyList<Value> items = Counted(value, rendering);
        int count = Math.Clamp(given[0]!.Small("slices"), 1, 10_000), least = items.Count / count, longer = items.Count % count, at = 0;
        rendering.Budget.Spend(count);
        List<Value> lists = [];
        for (int i = 0; i < count; i++)
        {
            int length = least + (i < longer ? 1 : 0);
            Value[] fill = given[1] is null or NoneValue || i < longer || longer == 0 ? [] : [given[1]!];
            lists.Add(new ListValue([.. items.Skip(at).Take(length), .. fill]));
            at += length;
        }

        return new ListValue(lists);
    }

    private static IReadOnlyList<Value> Counted(Value value, Rendering rendering)
    {
        IReadOnlyList<Value> items = value.Items(rendering.Budget);
        rendering.Budget.Spend(items.Count);
        return items;
    }

    private static Value[] Sorted(IReadOnlyList<Value> items, Func<Value, Value> key, bool reverse, Rendering rendering)
    {
        Comparer<Value> order = Comparer<Value>.Create((a, b) => Arithmetic.Order(a, b, rendering.Budget));
        try
        {
            // Both keep the order of equals, as Python does.
            return [.. reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException problem)
        {
            // .NET's sort wraps what a comparison throws.
            throw problem;
        }
    }

    private static Value Key(Value value, bool exact, RenderBudget budget)
    {
        if (exact || value is not TextValue text)
            return value;
        budget.Spend(text.Text.Length);
        return new TextValue(text.Text.ToLowerInvariant());
    }
}
