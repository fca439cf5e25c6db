using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>docs/flora.schema.json says the same as the options: names, defaults, what is refused.</summary>
public class SchemaTests
{
    private static string File => Path.Combine(TestModel.Root, "docs", "flora.schema.json");

    private static readonly JsonSchema Schema = JsonSchema.FromText(System.IO.File.ReadAllText(File));

    private static JsonNode Section => JsonNode.Parse(System.IO.File.ReadAllText(File))!["$defs"]!["Flora"]!;

    private static bool IsValid(string section) => Schema.Evaluate(JsonDocument.Parse($$"""{ "Logging": {}, "Flora": {{section}} }""").RootElement).IsValid;

    /// <summary>Every property that is no group, with its path.</summary>
    private static IEnumerable<(string Path, JsonNode Property)> Properties(JsonNode group, string prefix)
    {
        foreach ((string name, JsonNode? property) in group["properties"]!.AsObject())
        {
            if (property!["properties"] is null)
                yield return (prefix + name, property);
            else
                foreach ((string, JsonNode) below in Properties(property, $"{prefix}{name}:"))
                    yield return below;
        }
    }

    [Fact]
    public void It_has_the_names_of_the_options() =>
        Properties(Section, "").Select(p => p.Path).Order().ShouldBe(SectionReaders.Text.KnownKeys.Order());

    [Fact]
    public void Every_name_is_explained() => Properties(Section, "").ShouldAllBe(p => p.Property["description"] != null);

    [Fact]
    public void Its_defaults_are_those_of_the_options()
    {
        foreach ((string path, JsonNode property) in Properties(Section, "").Where(p => p.Property.AsObject().ContainsKey("default")))
        {
            object? value = path.Split(':').Aggregate((object?)new FloraOptions(), (owner, name) => owner!.GetType().GetProperty(name)!.GetValue(owner));
            (property["default"]?.ToJsonString() ?? "null").ShouldBe(JsonSerializer.Serialize(value), path);
        }

        Properties(Section, "").Where(p => !p.Property.AsObject().ContainsKey("default")).Select(p => p.Path).ShouldBe(["Model", "Adapters", "AdapterFolders", "FunctionAdapters"]);
    }

    [Fact]
    public void The_sections_of_the_documentation_are_valid()
    {
        string[] pages = [Path.Combine(TestModel.Root, "README.md"), .. Directory.GetFiles(Path.Combine(TestModel.Root, "docs"), "*.md")];
        string[] sections = [.. pages.SelectMany(page => JsonBlocks.Of(System.IO.File.ReadAllText(page))).Where(json => json.Contains("\"Flora\":"))];
        sections.ShouldNotBeEmpty();
        foreach (string json in sections)
            Schema.Evaluate(JsonDocument.Parse(json).RootElement).IsValid.ShouldBeTrue(json);
    }

    [Theory]
    [InlineData("""{ "Model": "m", "Resilience": { "FirstTokenTimeout": null }, "Queue": { "MaxTokens": null }, "KvTokens": 4096, "DrainTimeout": "1.00:00:00" }""", true)]
    [InlineData("""{ "Model": "m", "FunctionAdapters": { "Coder.lua": "a", "Coder.*": "b" } }""", true)]
    [InlineData("""{ }""", false)]
    [InlineData("""{ "Model": "m", "Modle": "m" }""", false)]
    [InlineData("""{ "Model": "m", "FunctionAdapters": { "Coder": "a" } }""", false)]
    [InlineData("""{ "Model": "m", "DrainTimeout": 20 }""", false)]
    [InlineData("""{ "Model": "m", "DrainTimeout": "20" }""", false)]
    [InlineData("""{ "Model": "m", "Device": "tpu" }""", false)]
    [InlineData("""{ "Model": "m", "AdapterFolders": "one" }""", false)]
    [InlineData("""{ "Model": "m", "Resilience": { "CircuitBreaker": { "MinimumThroughput": 1 } } }""", false)]
    [InlineData("""{ "Model": "m", "Queue": 5 }""", false)]
    public void It_takes_what_the_options_take(string section, bool valid) => IsValid(section).ShouldBe(valid);
}
