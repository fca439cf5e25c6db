namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>
/// Damages JSON without (for the most part) making it something else: other types, numbers at the edges, names twice, fields that are missing or too many, deep nesting, strings that are no
/// text.
/// </summary>
/// <param name="words">Values of the format, as JSON.</param>
internal sealed class JsonMutator(params string[] words) : IMutator
{
    private const int MostEdits = 3, MostRepeats = 40;

    private static readonly string[] Leaves =
    [
        "null", "true", "false", "0", "-1", "1", "2", "0.5", "-0", "1e400", "-1e400", "1e-400", "1E2", "255", "65536", "16777215", "16777216", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807",
        "99999999999999999999", "1e9", "NaN", "Infinity", "\"\"", "\" \"", "\"a\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"a\\u0000b\"", "\"\\ufdd0\"", "\"é\u0301🦙\"", "\"../../x\"", "\"default\"", "\"all-linear\"", "\"(a+)+$\"", "\"(\"",
        "[]", "{}", "[[]]", "[null]", "[0]", "[-1]", "[\"\"]", "{\"\":{}}", "{\"a\":1}", "{\"type\":\"x\"}",
    ];

    private static readonly string[] Names = ["\"\"", "\"type\"", "\"id\"", "\"content\"", "\"\\ud800\"", "\"__proto__\"", "\"x\\u0000\"", "\"r\"", "\"é\""];

    private readonly string[] _leaves = [.. Leaves, .. words, .. words];

    /// <inheritdoc/>
    public byte[] Damage(byte[] file, Random random)
    {
        JsonPart root = JsonPart.Parse(file);
        for (int edits = random.Next(1, MostEdits + 1); edits > 0; edits--)
            Edit(root, random);
        return root.ToUtf8();
    }

    private void Edit(JsonPart root, Random random)
    {
        JsonPart part = Pick(root, random);
        switch (random.Next(11))
        {
            case 0 or 1 or 2:
                part.Become(JsonPart.Leaf(Leaf(random)));
                break;
            case 3 when part.Count > 0:
                Remove(part, random.Next(part.Count));
                break;
            case 4 when part.Fields is { Count: > 0 } fields:
                (string name, JsonPart value) = fields[random.Next(fields.Count)];
                fields.Insert(random.Next(fields.Count + 1), (name, random.Next(2) == 0 ? value.Copy() : JsonPart.Leaf(Leaf(random))));
                break;
            case 5 when part.Fields is { Count: > 0 } fields:
                int renamed = random.Next(fields.Count);
                fields[renamed] = (random.Next(2) == 0 ? Names[random.Next(Names.Length)] : fields[random.Next(fields.Count)].Name, fields[renamed].Value);
                break;
            case 6:
                Add(part, JsonPart.Leaf(Leaf(random)), random);
                break;
            case 7:
                Nest(part, random);
                break;
            case 8:
                part.Become(Pick(root, random).Copy());
                break;
            case 9 when part.Items is { Count: > 0 } items:
                JsonPart repeated = items[random.Next(items.Count)];
                items.AddRange(Enumerable.Range(0, random.Next(1, MostRepeats)).Select(_ => repeated.Copy()));
                break;
            default:
                Bend(part, random);
                break;
        }
    }

    /// <summary>A random way down, so that what is near the root comes more often than one word of ten thousand.</summary>
    private static JsonPart Pick(JsonPart root, Random random)
    {
        JsonPart part = root;
        while (part.Count > 0 && random.Next(5) > 0)
            part = part[random.Next(part.Count)];
        return part;
    }

    private static void Remove(JsonPart part, int place)
    {
        part.Fields?.RemoveAt(place);
        part.Items?.RemoveAt(place);
    }

    private static void Add(JsonPart part, JsonPart value, Random random)
    {
        part.Fields?.Insert(random.Next(part.Count + 1), (Names[random.Next(Names.Length)], value));
        part.Items?.Insert(random.Next(part.Count + 1), value);
    }

    private static void Nest(JsonPart part, Random random)
    {
        JsonPart inner = part.Copy();
        // Few or many: readers allow some depth.
        for (int depth = random.Next(4) == 0 ? random.Next(50, 400) : random.Next(1, 4); depth > 0; depth--)
            inner = random.Next(2) == 0 ? new JsonPart { Items = [inner] } : new JsonPart { Fields = [(Names[random.Next(Names.Length)], inner)] };
        part.Become(inner);
    }

    /// <summary>A little change of a leaf: a longer string, another number.</summary>
    private void Bend(JsonPart part, Random random)
    {
        if (part.Raw is not { } raw)
            return;
        if (raw.StartsWith('"'))
        {
            int at = random.Next(1, raw.Length);
            string with = random.Next(4) == 0 ? new string('x', random.Next(1, 5000)) : Leaf(random).Trim('"').Replace("\"", "\\\"", StringComparison.Ordinal);
            part.Raw = raw.Insert(at, with);
        }
        else
        {
            part.Raw = random.Next(6) switch { 0 => $"-{raw}", 1 => $"{raw}0", 2 => $"{raw}.5", 3 => $"\"{raw}\"", 4 => $"[{raw}]", _ => $"{raw}{random.Next(10)}" };
        }
    }

    private string Leaf(Random random) => _leaves[random.Next(_leaves.Length)];
}
