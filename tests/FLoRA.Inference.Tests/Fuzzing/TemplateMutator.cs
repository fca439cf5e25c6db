using System.Text;
using System.Text.RegularExpressions;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Damages a Jinja template by its grammar: whole tags go, come, change places, and expressions are made up from all that the language has.</summary>
internal sealed partial class TemplateMutator : IMutator
{
    private const int MostEdits = 4, MostDepth = 4;

    private static readonly string[] Atoms =
    [
        "messages", "messages[0]", "messages[-1].content", "message", "message.role", "message['content']", "loop", "loop.index", "loop.last", "ns", "ns.x", "bos_token", "add_generation_prompt", "tools", "none", "true", "false", "undefined_name",
        "0", "1", "-1", "2", "3.5", "9223372036854775807", "(-9223372036854775807 - 1)", "1e308", "''", "'x'", "'%s %d'", "'\\n'", "'🦙e\u0301'", "('ab' * 50)", "[]", "[1, 'a', none]", "(1, 2)", "{}", "{'a': 1, 2: 'b'}", "range(5)", "range(3, -3, -1)",
        "namespace(x=1)", "cycler('a', 'b')", "joiner()", "dict(a=1)", "strftime_now('%Y-%m-%d')", "raise_exception('no')",
    ];

    private static readonly string[] Signs = ["+", "-", "*", "/", "//", "%", "**", "~", "and", "or", "==", "!=", "<", ">=", "in", "not in", "is", "is not", "|", ".", "if", ","];

    private static readonly string[] Names =
    [
        "abs", "attr", "batch", "capitalize", "center", "count", "default", "dictsort", "first", "float", "format", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "pprint", "reject", "rejectattr",
        "replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "sum", "title", "tojson", "trim", "unique", "upper", "wordcount", "boolean", "callable", "defined", "divisibleby", "eq", "even", "false", "filter", "ge",
        "in", "integer", "iterable", "lt", "mapping", "ne", "none", "number", "odd", "sameas", "sequence", "test", "undefined", "strip", "lstrip", "split", "rsplit", "splitlines", "partition", "rpartition", "startswith", "endswith", "removeprefix",
        "find", "rfind", "index", "swapcase", "isdigit", "isalpha", "isspace", "isupper", "zfill", "ljust", "rjust", "get", "keys", "values", "copy", "append", "pop", "update", "cycle", "changed", "previtem", "nextitem", "depth", "next", "reset",
    ];

    private static readonly string[] Arguments = ["", "", "()", "('a')", "(1)", "(-1)", "('role', 'equalto', 'user')", "(attribute='content')", "('upper')", "(indent=2)", "(1, 2, 3)", "(x=1, x=2)", "('x', none)", "(99999999)"];

    private static readonly string[] Tags =
    [
        "{% if E %}", "{% elif E %}", "{% else %}", "{% endif %}", "{% for m in E %}", "{% for k, v in E if E %}", "{%- for x in E recursive -%}", "{% endfor %}", "{% break %}", "{% continue %}", "{% set x = E %}", "{% set ns.x = E %}", "{% set a, b = E %}",
        "{% set x %}", "{% endset %}", "{% macro m(a, b=E) %}", "{% endmacro %}", "{{ m(E) }}", "{% call m(E) %}", "{% endcall %}", "{{ caller() }}", "{% filter upper %}", "{% endfilter %}", "{% with x = E %}", "{% endwith %}", "{% generation %}",
        "{% endgeneration %}", "{% raw %}", "{% endraw %}", "{{ loop(E) }}", "{{ E }}", "{{- E -}}", "{{ E }}", "{{ E }}", "{# c #}", "text\n", "{%", "}}", "{% include 'x' %}", "{% block a %}",
    ];

    /// <inheritdoc/>
    public byte[] Damage(byte[] file, Random random)
    {
        List<string> pieces = [.. TagPattern().Split(Encoding.UTF8.GetString(file)).Where(piece => piece.Length > 0)];
        for (int edits = random.Next(1, MostEdits + 1); edits > 0; edits--)
            Edit(pieces, random);
        return Encoding.UTF8.GetBytes(string.Concat(pieces));
    }

    private static void Edit(List<string> pieces, Random random)
    {
        int at = random.Next(pieces.Count + 1), other = random.Next(pieces.Count + 1);
        if (at == pieces.Count || other == pieces.Count)
        {
            pieces.Insert(at, Tag(random));
            return;
        }

        switch (random.Next(6))
        {
            case 0:
                pieces.RemoveAt(at);
                break;
            case 1:
                (pieces[at], pieces[other]) = (pieces[other], pieces[at]);
                break;
            case 2:
                pieces.Insert(at, pieces[other]);
                break;
            case 3:
                pieces[at] = Tag(random);
                break;
            case 4:
                // Around some of it, in the right order for the most part.
                (string open, string close) = random.Next(3) switch { 0 => ("{% for x in E %}", "{% endfor %}"), 1 => ("{% if E %}", "{% endif %}"), _ => ("{% macro m(a) %}", "{% endmacro %}{{ m(E) }}") };
                pieces.Insert(Math.Max(at, other) + 1, Filled(close, random));
                pieces.Insert(Math.Min(at, other), Filled(open, random));
                break;
            default:
                pieces[at] = pieces[at].StartsWith("{{", StringComparison.Ordinal) ? $"{{{{ {Expression(random, 0)} }}}}" : Filled(pieces[at].Replace("messages", "E", StringComparison.Ordinal), random);
                break;
        }
    }

    private static string Tag(Random random) => Filled(Tags[random.Next(Tags.Length)], random);

    private static string Filled(string tag, Random random)
    {
        while (tag.IndexOf("E ", StringComparison.Ordinal) is >= 0 and var at)
            tag = tag[..at] + Expression(random, 0) + tag[(at + 1)..];
        return tag.Replace("E)", $"{Expression(random, 2)})", StringComparison.Ordinal);
    }

    private static string Expression(Random random, int depth)
    {
        if (depth >= MostDepth || random.Next(3) == 0)
            return Atoms[random.Next(Atoms.Length)];
        string inner = Expression(random, depth + 1);
        return random.Next(7) switch
        {
            0 => $"{inner} {Signs[random.Next(Signs.Length)]} {Expression(random, depth + 1)}",
            1 => $"({inner}) | {Names[random.Next(Names.Length)]}{Arguments[random.Next(Arguments.Length)]}",
            2 => $"({inner}).{Names[random.Next(Names.Length)]}{Arguments[random.Next(Arguments.Length)]}",
            3 => $"({inner}) is {Names[random.Next(Names.Length)]}{Arguments[random.Next(Arguments.Length)]}",
            4 => $"({inner})[{Expression(random, depth + 1)}{(random.Next(2) == 0 ? "" : ":" + Expression(random, depth + 2))}]",
            5 => $"{inner} if {Expression(random, depth + 1)} else {Expression(random, depth + 1)}",
            _ => random.Next(2) == 0 ? $"not {inner}" : $"-({inner})",
        };
    }

    [GeneratedRegex("({%.*?%}|{{.*?}}|{#.*?#})", RegexOptions.Singleline)]
    private static partial Regex TagPattern();
}
