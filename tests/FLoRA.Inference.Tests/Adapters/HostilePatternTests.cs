using System.Text.Json;
using System.Text.RegularExpressions;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Adapters.Peft;
using FLoRA.Inference.Tests.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Regular expressions of adapter folders that would match for years: each option that takes one refuses the folder, with the expression in the message, and others load on.</summary>
public sealed class HostilePatternTests : IDisposable
{
    private const string Model = "llama-gqa-rope3", Adapter = "lora-pattern";

    /// <summary>Needs backtracking, for the reference at its end; exponential in the length of a module's path.</summary>
    private const string Endless = @"(?=(x?))(([a-z0-9._]+)+)+!\1";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("target_modules", "\"{0}\"")]
    [InlineData("exclude_modules", "\"{0}\"")]
    [InlineData("rank_pattern", "{{\"{0}\":2}}")]
    [InlineData("alpha_pattern", "{{\"{0}\":2}}")]
    public void An_endless_expression_refuses_its_folder(string option, string value)
    {
        string escaped = JsonSerializer.Serialize(Endless).Trim('"');
        Assert.Contains("takes too long to match", Refused(option, string.Format(null, value, escaped)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(AdapterLoader.Load(GoldenAdapters.Good(Model, Adapter), GoldenAdapters.Blueprint(Model)).Modules);
    }

    [Fact]
    public void Endless_layers_pattern_refuses_its_folder()
    {
        string escaped = JsonSerializer.Serialize(Endless).Trim('"');
        string folder = Changed(json => json.Replace("\"layers_to_transform\": null", "\"layers_to_transform\": [0]", StringComparison.Ordinal).Replace("\"layers_pattern\": null", $"\"layers_pattern\": \"{escaped}\"", StringComparison.Ordinal));
        Assert.Contains("takes too long to match", Load(folder).Message, StringComparison.Ordinal);
    }

    /// <summary>Thousands of them, each quick enough by itself, and each of a megabyte.</summary>
    [Fact]
    public void More_expressions_than_anybody_needs_refuse_their_folder()
    {
        string many = string.Join(",", Enumerable.Range(0, PatternBudget.MostAutomata + 1).Select(i => $"\"(a|b)+{i}\":2"));
        Assert.Contains($"at most {PatternBudget.MostAutomata}", Refused("rank_pattern", $"{{{many}}}").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_no_expressions_that_cost()
    {
        PatternBudget budget = new(TimeProvider.System);
        ProblemList problems = new();
        for (int i = 0; i < 4 * PatternBudget.MostAutomata; i++)
            Assert.True(StrangerPattern.Compile("rank_pattern", @"\A(?:.*\.)?", $@"model\.layers.{i}.self_attn.q_proj", @"\z", budget, problems)!.Match($"base.model.layers.{i}.self_attn.q_proj").Success);
        Assert.Equal(0, problems.Count);
    }

    [Fact]
    public void All_together_have_a_time()
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
        PatternBudget budget = new(time);
        Regex quick = new("a", RegexOptions.None, TimeSpan.FromSeconds(1));
        for (int i = 0; i < 5; i++)
            Assert.True(budget.Match(quick, "a").Success);
        Assert.Throws<RegexMatchTimeoutException>(() => budget.Match(quick, "a"));
    }

    private AdapterLoadException Refused(string option, string value) => Load(Changed(json =>
    {
        var config = System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject();
        config[option] = System.Text.Json.Nodes.JsonNode.Parse(value);
        return config.ToJsonString();
    }));

    private string Changed(Func<string, string> change) => GoldenAdapters.CopyWithConfig(_folder, Model, Adapter, change);

    private static AdapterLoadException Load(string folder) => Assert.Throws<AdapterLoadException>(() => AdapterLoader.Load(folder, GoldenAdapters.Blueprint(Model)));
}
