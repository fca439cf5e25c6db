using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Methods that cut a text in parts.</summary>
internal static class TextSplitting
{
    private static readonly char[] LineEnds = ['\n', '\r', '\v', '\f', '\x1C', '\x1D', '\x1E', '\x85', '\u2028', '\u2029'];

    /// <summary><c>split</c> and <c>rsplit</c>.</summary>
    public static ListValue Split(TextValue self, Rendering rendering, Arguments arguments, bool fromEnd)
    {
        Value?[] given = arguments.Bind(fromEnd ? "rsplit" : "split", 0, "sep", "maxsplit");
        int most = given[1]?.Small("maxsplit") ?? -1;
        rendering.Budget.Spend(self.Text.Length);
        List<string> parts = given[0] is null or NoneValue
            ? AtSpaces(self.Text, most, fromEnd)
            : AtText(self, given[0]!.Text("sep"), most, fromEnd, rendering.Budget);
        rendering.Budget.Spend(parts.Count);
        return new ListValue([.. parts.Select(part => new TextValue(part))]);
    }

    /// <summary><c>splitlines</c>.</summary>
    public static Value Lines(TextValue self, Rendering rendering, Arguments arguments)
    {
        bool keeps = arguments.Bind("splitlines", 0, "keepends")[0]?.IsTrue ?? false;
        List<Value> lines = [];
        string text = self.Text;
        rendering.Budget.Spend(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOfAny(LineEnds, start);
            end = end < 0 ? text.Length : end;
            int next = Math.Min(text.Length, end + (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1));
            lines.Add(new TextValue(text[start..(keeps ? next : end)]));
            start = next;
        }

        return new ListValue(lines);
    }

    /// <summary><c>partition</c> and <c>rpartition</c>.</summary>
    public static Value Partition(TextValue self, Rendering rendering, Arguments arguments, bool last)
    {
        string separator = NotEmpty(arguments.Bind("partition", 1, "sep")[0]!.Text("sep")), text = self.Text;
        int at = self.Find(separator, 0, rendering.Budget);
        at = at >= 0 && last ? text.LastIndexOf(separator, StringComparison.Ordinal) : at;
        string[] parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : last ? ["", "", text] : [text, "", ""];
        return new ListValue([.. parts.Select(part => new TextValue(part))], isTuple: true);
    }

    private static List<string> AtText(TextValue self, string separator, int most, bool fromEnd, RenderBudget budget)
    {
        NotEmpty(separator);
        string text = self.Text;
        self.Find(separator, 0, budget);
        List<string> parts = [];
        if (!fromEnd)
        {
            int start = 0;
            for (int at; most-- != 0 && (at = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; start = at + separator.Length)
                parts.Add(text[start..at]);
            parts.Add(text[start..]);
            return parts;
        }

        int end = text.Length;
        for (int at; most-- != 0 && (at = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)) >= 0; end = at)
            parts.Add(text[(at + separator.Length)..end]);
        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    private static List<string> AtSpaces(string text, int most, bool fromEnd)
    {
        List<string> parts = [];
        if (!fromEnd)
        {
            ReadOnlySpan<char> rest = text.AsSpan().TrimStart();
            while (!rest.IsEmpty)
            {
                int end = most-- == 0 ? rest.Length : Space(rest);
                parts.Add(rest[..end].ToString());
                rest = rest[end..].TrimStart();
            }

            return parts;
        }

        ReadOnlySpan<char> left = text.AsSpan().TrimEnd();
        while (!left.IsEmpty)
        {
            int start = most-- == 0 ? 0 : LastSpace(left) + 1;
            parts.Add(left[start..].ToString());
            left = left[..start].TrimEnd();
        }

        parts.Reverse();
        return parts;
    }

    private static int Space(ReadOnlySpan<char> text)
    {
        int at = 0;
        while (at < text.Length && !char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }

    private static int LastSpace(ReadOnlySpan<char> text)
    {
        int at = text.Length - 1;
        while (at >= 0 && !char.IsWhiteSpace(text[at]))
            at--;
        return at;
    }

    private static string NotEmpty(string separator) => separator.Length > 0 ? separator : throw new TemplateException("empty separator");
}
