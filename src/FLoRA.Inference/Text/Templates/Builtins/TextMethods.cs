using System.Text;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Methods of texts.</summary>
internal static class TextMethods
{
    /// <summary>A method.</summary>
    internal delegate Value Method(TextValue self, Rendering rendering, Arguments arguments);

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<string, Method> All { get; } = new Dictionary<string, Method>(StringComparer.Ordinal)
    {
        ["strip"] = (self, rendering, arguments) => Strip("strip", self, rendering, arguments, start: true, end: true),
        ["lstrip"] = (self, rendering, arguments) => Strip("lstrip", self, rendering, arguments, start: true, end: false),
        ["rstrip"] = (self, rendering, arguments) => Strip("rstrip", self, rendering, arguments, start: false, end: true),
        ["split"] = (self, rendering, arguments) => TextSplitting.Split(self, rendering, arguments, fromEnd: false),
        ["rsplit"] = (self, rendering, arguments) => TextSplitting.Split(self, rendering, arguments, fromEnd: true),
        ["splitlines"] = TextSplitting.Lines,
        ["partition"] = (self, rendering, arguments) => TextSplitting.Partition(self, rendering, arguments, last: false),
        ["rpartition"] = (self, rendering, arguments) => TextSplitting.Partition(self, rendering, arguments, last: true),
        ["startswith"] = (self, rendering, arguments) => Affix("startswith", rendering, arguments, affix => self.Text.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (self, rendering, arguments) => Affix("endswith", rendering, arguments, affix => self.Text.EndsWith(affix, StringComparison.Ordinal)),
        ["removeprefix"] = (self, _, arguments) => arguments.Bind("removeprefix", 1, "prefix")[0]!.Text("prefix") is var prefix && self.Text.StartsWith(prefix, StringComparison.Ordinal) ? new TextValue(self.Text[prefix.Length..]) : self,
        ["removesuffix"] = (self, _, arguments) => arguments.Bind("removesuffix", 1, "suffix")[0]!.Text("suffix") is var suffix && self.Text.EndsWith(suffix, StringComparison.Ordinal) ? new TextValue(self.Text[..^suffix.Length]) : self,
        ["replace"] = (self, rendering, arguments) => Replace(self, rendering, arguments.Bind("replace", 2, "old", "new", "count")),
        ["find"] = (self, rendering, arguments) => new IntegerValue(Find("find", self, rendering, arguments, last: false)),
        ["rfind"] = (self, rendering, arguments) => new IntegerValue(Find("rfind", self, rendering, arguments, last: true)),
        ["index"] = (self, rendering, arguments) => Find("index", self, rendering, arguments, last: false) is >= 0 and var place ? new IntegerValue(place) : throw new TemplateException("substring not found"),
        ["count"] = Count,
        ["join"] = (self, rendering, arguments) => Join(self, rendering, arguments.Bind("join", 1, "iterable")[0]!),
        ["upper"] = (self, rendering, _) => Cased(self, rendering, text => text.ToUpperInvariant()),
        ["lower"] = (self, rendering, _) => Cased(self, rendering, text => text.ToLowerInvariant()),
        ["title"] = (self, rendering, _) => Cased(self, rendering, text => Title(text, char.IsLetter)),
        ["swapcase"] = (self, rendering, _) => Cased(self, rendering, text => string.Concat(text.Select(character => char.IsUpper(character) ? char.ToLowerInvariant(character) : char.ToUpperInvariant(character)))),
        ["capitalize"] = (self, rendering, _) => Cased(self, rendering, Capitalize),
        ["isdigit"] = (self, _, _) => Every(self, character => char.IsDigit(character)),
        ["isnumeric"] = (self, _, _) => Every(self, char.IsNumber),
        ["isalpha"] = (self, _, _) => Every(self, char.IsLetter),
        ["isalnum"] = (self, _, _) => Every(self, character => char.IsLetter(character) || char.IsNumber(character)),
        ["isspace"] = (self, _, _) => Every(self, char.IsWhiteSpace),
        ["isupper"] = (self, _, _) => BooleanValue.Of(self.Text.Any(char.IsUpper) && !self.Text.Any(char.IsLower)),
        ["islower"] = (self, _, _) => BooleanValue.Of(self.Text.Any(char.IsLower) && !self.Text.Any(char.IsUpper)),
        ["zfill"] = (self, rendering, arguments) => Pad(self, rendering, arguments.Bind("zfill", 1, "width")[0]!, '0', left: true),
        ["ljust"] = (self, rendering, arguments) => Pad(self, rendering, arguments.Bind("ljust", 1, "width")[0]!, ' ', left: false),
        ["rjust"] = (self, rendering, arguments) => Pad(self, rendering, arguments.Bind("rjust", 1, "width")[0]!, ' ', left: true),
    };

    /// <summary>All occurrences of a text, or the first ones, replaced.</summary>
    public static TextValue Replace(TextValue self, Rendering rendering, Value?[] arguments)
    {
        string old = arguments[0]!.Text("replace() argument 1"), with = arguments[1]!.Text("replace() argument 2");
        int count = arguments[2] is null or NoneValue ? -1 : arguments[2]!.Small("replace() count");
        StringBuilder text = new();
        int done = 0;
        // An empty text is found before each character and at the end.
        for (int at = self.Find(old, 0, rendering.Budget); at >= 0 && count != 0; count--)
        {
            rendering.Budget.Spend(with.Length);
            text.Append(self.Text, done, at - done).Append(with);
            done = at + old.Length;
            int next = old.Length > 0 ? done : at + (at < self.Text.Length && char.IsHighSurrogate(self.Text[at]) ? 2 : 1);
            at = next > self.Text.Length ? -1 : self.Text.IndexOf(old, next, StringComparison.Ordinal);
        }

        return new TextValue(text.Append(self.Text, done, self.Text.Length - done).ToString());
    }

    /// <summary>Texts with this one between them.</summary>
    public static TextValue Join(TextValue self, Rendering rendering, Value items)
    {
        IEnumerable<string> texts = items.Items(rendering.Budget).Select((item, i) => item is TextValue text ? text.Text : throw new TemplateException($"sequence item {i}: expected str instance, {item.TypeName} found"));
        return Joined(self.Text, texts, rendering.Budget);
    }

    /// <summary>Texts with something between them; the work is counted before it is done.</summary>
    public static TextValue Joined(string between, IEnumerable<string> texts, RenderBudget budget)
    {
        StringBuilder joined = new();
        foreach ((int i, string text) in texts.Index())
        {
            string before = i > 0 ? between : "";
            budget.Spend((long)before.Length + text.Length);
            joined.Append(before).Append(text);
        }

        return new TextValue(joined.ToString());
    }

    /// <summary>The first character in upper case, the others in lower.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    /// <summary>The first letter of each word in upper case, the others in lower.</summary>
    /// <param name="text">The text.</param>
    /// <param name="inWord">Whether a word goes on behind a character.</param>
    public static string Title(string text, Func<char, bool> inWord)
    {
        char[] titled = new char[text.Length];
        bool inside = false;
        for (int i = 0; i < text.Length; i++)
        {
            titled[i] = inside ? char.ToLowerInvariant(text[i]) : char.ToUpperInvariant(text[i]);
            inside = inWord(text[i]);
        }

        return new string(titled);
    }

    /// <summary>Without characters at the ends.</summary>
    public static TextValue Strip(string name, TextValue self, Rendering rendering, Arguments arguments, bool start, bool end)
    {
        Value? given = arguments.Bind(name, 0, "chars")[0];
        HashSet<Rune>? runes = given is null or NoneValue ? null : [.. given.Text($"{name} arg").EnumerateRunes()];
        rendering.Budget.Spend(self.Text.Length);
        ReadOnlySpan<char> text = self.Text;
        while (start && Rune.DecodeFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && Goes(rune))
            text = text[length..];
        while (end && Rune.DecodeLastFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && Goes(rune))
            text = text[..^length];
        return text.Length == self.Text.Length ? self : new TextValue(text.ToString());

        bool Goes(Rune rune) => runes?.Contains(rune) ?? (Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1C and <= 0x1F);
    }

    private static BooleanValue Affix(string name, Rendering rendering, Arguments arguments, Func<string, bool> has)
    {
        Value affix = arguments.Bind(name, 1, "affix")[0]!;
        return BooleanValue.Of(affix is ListValue { IsTuple: true } several ? several.Items(rendering.Budget).Any(one => has(one.Text(name))) : has(affix.Text($"{name} first arg")));
    }

    private static int Find(string name, TextValue self, Rendering rendering, Arguments arguments, bool last)
    {
        Value?[] given = arguments.Bind(name, 1, "sub", "start", "end");
        string part = given[0]!.Text(name);
        Slice slice = new(given[1]?.Integer(name), given[2]?.Integer(name), null);
        int[] range = [.. slice.Of(self.Length)];
        int from = range.Length > 0 ? range[0] : 0, to = range.Length > 0 ? range[^1] + 1 : 0;
        TextValue within = new(self.Part(from, to));
        if (within.Find(part, 0, rendering.Budget) is var first && (first < 0 || !last))
            return first < 0 ? -1 : from + within.PlaceOf(first);
        return from + within.PlaceOf(within.Text.LastIndexOf(part, StringComparison.Ordinal));
    }

    private static IntegerValue Count(TextValue self, Rendering rendering, Arguments arguments)
    {
        string part = arguments.Bind("count", 1, "sub")[0]!.Text("count");
        if (part.Length == 0)
            return new IntegerValue(self.Length + 1);
        int count = 0;
        for (int at = self.Find(part, 0, rendering.Budget); at >= 0; at = self.Text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return new IntegerValue(count);
    }

    private static TextValue Cased(TextValue self, Rendering rendering, Func<string, string> change)
    {
        rendering.Budget.Spend(self.Text.Length);
        return new TextValue(change(self.Text));
    }

    private static BooleanValue Every(TextValue self, Func<char, bool> test) => BooleanValue.Of(self.Text.Length > 0 && self.Text.All(test));

    private static TextValue Pad(TextValue self, Rendering rendering, Value width, char with, bool left)
    {
        int missing = Math.Max(0, width.Small("width") - self.Length);
        rendering.Budget.Spend(missing);
        bool signed = with == '0' && self.Text.StartsWith('-');
        return new TextValue(!left ? self.Text + new string(with, missing) : signed ? $"-{new string(with, missing)}{self.Text[1..]}" : new string(with, missing) + self.Text);
    }
}
