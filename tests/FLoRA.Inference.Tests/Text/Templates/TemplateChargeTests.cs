using FLoRA.Inference.Text.Templates;

namespace FLoRA.Inference.Tests.Text.Templates;

/// <summary>No operation is for nothing: whatever goes through a long text or list uses up work in proportion, so that a loop around it ends.</summary>
public sealed class TemplateChargeTests
{
    private const int Characters = 400_000, Items = 40_000;

    // A step stands for 64 characters or more at the least.
    private const int CharactersPerStep = 64;

    private static readonly string[] Filters =
    [
        "abs", "capitalize", "center", "count", "default", "first", "float", "indent", "int", "join", "last", "length", "list", "lower", "map('upper')", "max", "min", "pprint", "reject", "replace('1', '2')", "reverse", "round", "safe", "select", "select('upper')",
        "slice(3)", "sort", "string", "sum", "title", "tojson", "trim", "unique", "upper", "wordcount", "batch(2)",
    ];

    private static readonly string[] Methods =
    [
        "strip()", "lstrip('1')", "rstrip('2')", "split('2')", "rsplit()", "splitlines()", "partition('2')", "rpartition('2')", "startswith('1')", "endswith('2')", "removeprefix('1')", "removesuffix('1')", "replace('1', '')", "find('2')", "rfind('2')", "count('2')",
        "join(['a'])", "upper()", "lower()", "title()", "swapcase()", "capitalize()", "isdigit()", "isnumeric()", "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "zfill(3)", "ljust(3)", "rjust(3)",
    ];

    public static TheoryData<string> OnText =>
    [
        .. Filters.Select(filter => $"s | {filter}"),
        .. Methods.Select(method => $"s.{method}"),
        "s is upper", "s is lower", "s in s", "s == s ~ ''", "s ~ ''", "s[1:]", "s[::2]", "{s: 1}", "{}[s]", "{1: 2}.get(s)", "s in {}", "'a'.strip(s)", "'a'.join(s)", "'a'.split(s)", "['a', 'b'] | join(s)", "[{}] | map(attribute=s) | list", "strftime_now(s)", "1 | tojson(indent=s)", "[1] | tojson(separators=(s, s))",
        "'%s' % s", "'%s' | format(s)", "s < s ~ '1'", "[s, s] | sort", "[s] | unique", "[s, s] | max", "[s] | select('upper') | list", "[s] | map('lower') | list",
    ];

    public static TheoryData<string> OnList =>
        ["l | reverse", "l | list", "l | first", "l | length", "l | sum", "l | sort", "l | tojson", "l | string", "l.index(-1)", "l.count(-1)", "-1 in l", "l == k", "l + k", "l[1:]", "l * 2", "l | slice(9999)", "(l, 1) < (k, 1)", "l | map('string')", "l | select('odd')", "l | batch(2)", "l | groupby(0)"];

    [Theory]
    [MemberData(nameof(OnText))]
    public void Work_on_a_text_is_counted(string expression) => Assert.InRange(Spent($"{{% set s = '1' * {Characters} %}}", expression), Characters / CharactersPerStep, long.MaxValue);

    [Theory]
    [MemberData(nameof(OnList))]
    public void Work_on_a_list_is_counted(string expression) => Assert.InRange(Spent($"{{% set l = range({Items}) | list %}}{{% set k = range({Items}) | list %}}", expression), Items / CharactersPerStep, long.MaxValue);

    [Fact]
    public void The_keys_of_a_dict_are_counted()
    {
        string keys = string.Join(", ", Enumerable.Range(0, 2000).Select(key => $"{key}: 1"));
        foreach (string expression in (string[])["d.items()", "d.keys()", "d.values()", "d | items", "d | dictsort", "d | tojson"])
            Assert.InRange(Spent($"{{% set d = {{{keys}}} %}}", expression), 1000, long.MaxValue);
    }

    /// <summary>Texts that would not fit into memory are refused before they are made.</summary>
    [Theory]
    [InlineData("{{ ('x' * 1000000).join('y' * 100000) }}")]
    [InlineData("{{ (['y'] * 100000) | join('x' * 1000000) }}")]
    [InlineData("{{ range(100000) | list | tojson(separators=('x' * 1000000, ':')) }}")]
    [InlineData("{{ [[[[1]]]] | tojson(indent='x' * 1000000000) }}")]
    [InlineData("{% set s = 'x' * 4000000 %}{{ [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]] | tojson(indent=s) }}")]
    [InlineData("{{ ('%1000d' * 100000) | format(*range(1)) if false else ('%1000d' * 3000) % (((1,) * 3000)) }}{{ 'x' * 4000001 }}")]
    [InlineData("{% set s = 'X' * 1000000 %}{{ ([s] * 1000000) | sort | length }}")]
    [InlineData("{{ (9 * 10 ** 18) | abs }}{{ -(-9223372036854775807 - 1) }}")]
    public void What_cannot_be_is_refused_first(string source) => Assert.Throws<TemplateException>(() => TemplateTests.Render(source));

    [Fact]
    public void A_name_has_a_length()
    {
        string name = new('n', 1001);
        Assert.Contains("1001 characters", Assert.Throws<TemplateException>(() => Template.Parse($"{{{{ {name} }}}}")).Message, StringComparison.Ordinal);
        Template.Parse($"{{{{ {name[1..]} }}}}");
    }

    /// <summary>Steps of an expression alone; an error of ours counts as an end, which costs what it costs.</summary>
    private static long Spent(string before, string expression)
    {
        RenderBudget without = new(0), with = new(0);
        TemplateTests.Render(before, without);
        try
        {
            TemplateTests.Render($"{before}{{% set x = {expression} %}}", with);
        }
        catch (TemplateException e)
        {
            Assert.NotEmpty(e.Message);
        }

        return with.Spent - without.Spent;
    }
}
