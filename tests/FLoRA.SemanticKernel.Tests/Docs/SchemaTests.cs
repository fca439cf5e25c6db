using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>docs/flora.schema.json says the same as the options: names, defaults, what is refused.</summary>
public class SchemaTests
{
    private static string File => Path.Combine(TestModel.Root, "docs", "flora.schema.json");

    private static readonly JsonSchema Schema = JsonSchema.FromText(System.IO.File.ReadAllText(File));

    private static readonly JsonNode Definitions = JsonNode.Parse(System.IO.File.ReadAllText(File))!["$defs"]!;

    public static TheoryData<string> Sections() => ["Flora", "FloraSpeech"];

    private static FloraEngineOptions OptionsOf(string section) => section == "Flora" ? new FloraOptions() : new FloraSpeechOptions();

    private static IReadOnlyCollection<string> KeysOf(string section) => section == "Flora" ? SectionReaders.Text.KnownKeys : SectionReaders.Speech.KnownKeys;

    private static bool IsValid(string name, string section) => Schema.Evaluate(JsonDocument.Parse($$"""{ "Logging": {}, "{{name}}": {{section}} }""").RootElement).IsValid;

    private static (string Path, JsonNode Property)[] Properties(string section) => [.. Properties(Definitions[section]!, "")];

    /// <summary>Every property that is no group, with its path.</summary>
    private static IEnumerable<(string Path, JsonNode Property)> Properties(JsonNode group, string prefix)
    {
        foreach ((string name, JsonNode? property) in group["properties"]!.AsObject())
        {
            JsonNode meant = Definitions[property!["$ref"]?.GetValue<string>().Split('/')[^1] ?? ""] is { } shared && shared["properties"] is not null ? shared : property;
            if (meant["properties"] is null)
                yield return (prefix + name, property);
            else
                foreach ((string, JsonNode) below in Properties(meant, $"{prefix}{name}:"))
                    yield return below;
        }
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void It_has_the_names_of_the_options(string section) => Properties(section).Select(p => p.Path).Order().ShouldBe(KeysOf(section).Order());

    [Theory]
    [MemberData(nameof(Sections))]
    public void Every_name_is_explained(string section) => Properties(section).ShouldAllBe(p => p.Property["description"] != null);

    [Theory]
    [MemberData(nameof(Sections))]
    public void Its_defaults_are_those_of_the_options(string section)
    {
        foreach ((string path, JsonNode property) in Properties(section).Where(p => p.Property.AsObject().ContainsKey("default")))
        {
            object? value = path.Split(':').Aggregate((object?)OptionsOf(section), (owner, name) => owner!.GetType().GetProperty(name)!.GetValue(owner));
            (property["default"]?.ToJsonString() ?? "null").ShouldBe(JsonSerializer.Serialize(value), path);
        }

        string[] without = ["Model", "Adapters", "AdapterFolders", "FunctionAdapters", .. section == "Flora" ? Array.Empty<string>() : ["LanguageAdapters"]];
        Properties(section).Where(p => !p.Property.AsObject().ContainsKey("default")).Select(p => p.Path).ShouldBe(without);
    }

    [Fact]
    public void The_sections_of_the_documentation_are_valid()
    {
        string[] pages = [Path.Combine(TestModel.Root, "README.md"), .. Directory.GetFiles(Path.Combine(TestModel.Root, "docs"), "*.md")];
        string[] sections = [.. pages.SelectMany(page => JsonBlocks.Of(System.IO.File.ReadAllText(page))).Where(json => json.Contains("\"Flora\":") || json.Contains("\"FloraSpeech\":"))];
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
    public void It_takes_what_the_options_take(string section, bool valid)
    {
        IsValid("Flora", section).ShouldBe(valid);
        IsValid("FloraSpeech", section).ShouldBe(valid);
    }

    [Theory]
    [InlineData("""{ "Model": "m", "LanguageAdapters": { "cs": "a" }, "TranscribeFolder": "calls", "Audio": { "MaxDuration": "01:00:00", "UseFfmpeg": false } }""", true)]
    [InlineData("""{ "Model": "m", "LanguageAdapters": { "cs": 1 } }""", false)]
    [InlineData("""{ "Model": "m", "Audio": { "MaxBytes": 0 } }""", false)]
    [InlineData("""{ "Model": "m", "Audio": { "MaxSize": 1 } }""", false)]
    public void What_only_speech_has_is_for_speech_alone(string section, bool valid)
    {
        IsValid("FloraSpeech", section).ShouldBe(valid);
        IsValid("Flora", section).ShouldBeFalse();
    }
}
