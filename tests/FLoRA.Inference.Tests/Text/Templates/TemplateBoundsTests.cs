using FLoRA.Inference.Text.Templates;

namespace FLoRA.Inference.Tests.Text.Templates;

/// <summary>Templates come from strangers: whatever they ask for ends, with an error of ours.</summary>
public sealed class TemplateBoundsTests
{
    [Theory]
    [InlineData("{% for a in range(1000000) %}{% for b in range(1000000) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% for a in range(1000000) %}xxxxxxxxxx{% endfor %}", "writes more than 4000000 characters")]
    [InlineData("{{ 'x' * 1000000000 }}", "characters")]
    [InlineData("{% set ns = namespace(s='x') %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(1000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}", "levels deep")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(1000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson }}", "levels deep")]
    [InlineData("{% set ns = namespace(l=[], m=[]) %}{% for a in range(1000) %}{% set ns.l = [ns.l] %}{% set ns.m = [ns.m] %}{% endfor %}{{ ns.l == ns.m }}", "levels deep")]
    [InlineData("{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}", "levels deep")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "levels deep")]
    [InlineData("{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}", "levels deep")]
    [InlineData("{{ range(2000000) }}", "at most 1000000")]
    [InlineData("{{ 'x'.ljust(1000000000) }}", "steps")]
    [InlineData("{{ '%1000000d' % 1 }}", "more than 1000")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "64 bits")]
    [InlineData("{{ 2 ** 64 }}", "64 bits")]
    [InlineData("{{ 3 * 9223372036854775807 }}", "64 bits")]
    [InlineData("{% for a in range(100000) %}{{ ('x' * 100000).replace('x', 'y' * 1000) | length }}{% endfor %}", "steps")]
    [InlineData("{% for a in range(100000) %}{{ ('a' * 100000 ~ 'b') in ('a' * 200000) }}{% endfor %}", "steps")]
    [InlineData("{% for a in range(1000) %}{{ range(100000) | sort | unique | list | length }}{% endfor %}", "steps")]
    public void Work_output_and_depth_are_bounded(string source, string message) =>
        Assert.Contains(message, Assert.Throws<TemplateException>(() => TemplateTests.Render(source)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{1:", "}")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("1 if 1 else ", "")]
    [InlineData("x[", "]")]
    [InlineData("f(", ")")]
    public void Deeply_nested_source_is_refused(string open, string close)
    {
        string source = $"{{{{ {string.Concat(Enumerable.Repeat(open, 50_000))}1{string.Concat(Enumerable.Repeat(close, 50_000))} }}}}";
        Assert.Contains("levels deep", Assert.Throws<TemplateException>(() => Template.Parse(source)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% if 1 %}")]
    [InlineData("{% for a in b %}")]
    [InlineData("{% set a %}")]
    [InlineData("{% macro a() %}")]
    public void Deeply_nested_statements_are_refused(string tag) =>
        Assert.Contains("levels deep", Assert.Throws<TemplateException>(() => Template.Parse(string.Concat(Enumerable.Repeat(tag, 50_000)))).Message, StringComparison.Ordinal);

    /// <summary>A chain is no nesting in the source, but it is one of calls.</summary>
    [Theory]
    [InlineData(" + 1")]
    [InlineData(" ~ 1")]
    [InlineData("|abs")]
    [InlineData(" and 1")]
    [InlineData(".x")]
    public void Long_chains_end_with_a_value_or_an_error(string link)
    {
        Template template = Template.Parse($"{{{{ 1{string.Concat(Enumerable.Repeat(link, 50_000))} }}}}");
        Assert.Contains("levels deep", Assert.Throws<TemplateException>(() => template.Render([], new RenderBudget(0), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_words_are_given_more_work()
    {
        const string Source = "{% for a in range(100000) %}{{ 'x' * 100 }}{% endfor %}";
        Assert.Throws<TemplateException>(() => TemplateTests.Render(Source));
        Assert.Equal(10_000_000, TemplateTests.Render(Source, new RenderBudget(1_000_000)).Length);
    }
}
