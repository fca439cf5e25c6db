using System.Text.Json;
using FLoRA.Inference.Text.Templates;
using FLoRA.Inference.Text.Templates.Values;
using FLoRA.TestData;
using Microsoft.Extensions.Time.Testing;

namespace FLoRA.Inference.Tests.Text.Templates;

/// <summary>Equal to Jinja2, template for template.</summary>
public sealed class TemplateTests
{
    private static readonly JsonElement Golden = TextData.Json(Path.Combine(RepositoryData.Golden, "templates.json"));

    /// <summary>What all cases have as variables.</summary>
    internal static IReadOnlyDictionary<string, Value> Variables { get; } = Golden.GetProperty("variables").EnumerateObject().ToDictionary(field => field.Name, field => Of(field.Value));

    /// <summary>Sources of all cases.</summary>
    internal static IReadOnlyList<string> Sources { get; } = [.. Golden.GetProperty("cases").EnumerateArray().Select(@case => @case.GetProperty("template").GetString()!)];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Renders_as_jinja_does(int index)
    {
        JsonElement @case = Golden.GetProperty("cases")[index];
        string source = @case.GetProperty("template").GetString()!;
        if (@case.TryGetProperty("text", out JsonElement text))
            Assert.Equal(text.GetString(), Render(source));
        else if (@case.TryGetProperty("refusal", out JsonElement refusal))
            Assert.Equal(refusal.GetString(), Assert.Throws<TemplateRefusalException>(() => Render(source)).Message);
        else
            Assert.ThrowsAny<TemplateException>(() => Render(source));
    }

    /// <summary>Renders with the golden variables and clock.</summary>
    internal static string Render(string source) => Render(source, new RenderBudget(0));

    /// <summary>The same within a budget.</summary>
    internal static string Render(string source, RenderBudget budget) => Render(Template.Parse(source), budget);

    /// <summary>The same of a template that has been read.</summary>
    internal static string Render(Template template, RenderBudget budget)
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 7, 4, 9, 5, 3, 123, 456, TimeSpan.Zero));
        return template.Render(Variables, budget, time);
    }

    private static Value Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new TextValue(json.GetString()!),
        JsonValueKind.Number => json.GetRawText().Contains('.', StringComparison.Ordinal) || json.GetRawText().Contains('e', StringComparison.Ordinal) ? new RealValue(json.GetDouble()) : new IntegerValue(json.GetInt64()),
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(Of)]),
        JsonValueKind.Object => MapValue.Of(json.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Of(field.Value)))),
        _ => NoneValue.Instance,
    };
}
