using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FLoRA.Inference.Adapters.Peft;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Which modules PEFT's options select; the expectations are from its check_target_module_exists and get_pattern_key.</summary>
public sealed class ModuleSelectorTests
{
    private static readonly string[] Paths =
    [
        .. from layer in new[] { "0", "1", "10" }
           from module in new[] { "self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj" }
           select $"model.layers.{layer}.{module}",
    ];

    [Theory]
    [InlineData("{\"target_modules\": [\"q_proj\"]}", "0.self_attn.q_proj 1.self_attn.q_proj 10.self_attn.q_proj")]
    [InlineData("{\"target_modules\": [\"proj\"]}", "")]
    [InlineData("{\"target_modules\": [\"self_attn.v_proj\", \"model.layers.1.mlp.down_proj\"]}", "0.self_attn.v_proj 1.self_attn.v_proj 1.mlp.down_proj 10.self_attn.v_proj")]
    [InlineData("{\"target_modules\": [\"0.mlp.down_proj\"]}", "0.mlp.down_proj")]
    [InlineData("{\"target_modules\": \".*\\\\.(0|1)\\\\..*q_proj\"}", "0.self_attn.q_proj 1.self_attn.q_proj")]
    [InlineData("{\"target_modules\": \"q_proj\"}", "")]
    [InlineData("{\"target_modules\": \"model\\\\.layers\\\\.1\\\\.(?!mlp).*\"}", "1.self_attn.q_proj 1.self_attn.v_proj")]
    [InlineData("{\"target_modules\": \"All-Linear\", \"exclude_modules\": [\"q_proj\", \"v_proj\"]}", "0.mlp.down_proj 1.mlp.down_proj 10.mlp.down_proj")]
    [InlineData("{\"target_modules\": [\"q_proj\"], \"exclude_modules\": \".*layers\\\\.1.*\"}", "0.self_attn.q_proj")]
    [InlineData("{\"target_modules\": [\"q_proj\"], \"layers_to_transform\": 1}", "1.self_attn.q_proj")]
    [InlineData("{\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [0, 10]}", "0.self_attn.q_proj 10.self_attn.q_proj")]
    [InlineData("{\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [0, 10], \"layers_pattern\": [\"h\", \"layers\"]}", "0.self_attn.q_proj 10.self_attn.q_proj")]
    [InlineData("{\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [0], \"layers_pattern\": \"h\"}", "")]
    [InlineData("{\"target_modules\": [\"model.layers.1.self_attn.q_proj\", \"v_proj\"], \"layers_to_transform\": [0]}", "0.self_attn.v_proj 1.self_attn.q_proj")]
    public void SelectsAsPeftDoes(string json, string expected)
    {
        var selector = Read(json, out var problems);
        Assert.Equal(0, problems.Count);
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => "model.layers." + p),
            Paths.Where(selector!.Matches));
    }

    [Theory]
    [InlineData("{\"target_modules\": \".*q_proj\", \"layers_to_transform\": 1}")]
    [InlineData("{\"target_modules\": \"all-linear\", \"layers_to_transform\": [1]}")]
    public void LayersNeedAListOfNames(string json)
    {
        Read(json, out var problems);
        Assert.Contains("layers_to_transform needs target_modules as a list", problems.ToException("f").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameThatMatchesNothingIsReported()
    {
        var selector = Read("{\"target_modules\": [\"q_proj\", \"gate\"]}", out var problems)!;
        selector.CheckMatched(Paths, problems);
        Assert.Equal(["target_modules: 'gate' matches no linear layer"], problems.ToException("f").Problems);
    }

    [Theory]
    [InlineData("{\"rank_pattern\": {\"q_proj\": 3}}", 3)]
    [InlineData("{\"rank_pattern\": {\"attn.q_proj\": 3}}", 8)]
    [InlineData("{\"rank_pattern\": {\"self_attn.q_proj\": 3, \"q_proj\": 4}}", 3)]
    [InlineData("{\"rank_pattern\": {\"q_proj\": 4, \"self_attn.q_proj\": 3}}", 4)]
    [InlineData("{\"rank_pattern\": {\"^model.layers.1.self_attn.q_proj\": 5}}", 5)]
    [InlineData("{\"rank_pattern\": {\"layers.[0-3].self_attn.(q|k)_proj\": 6}}", 6)]
    [InlineData("{\"rank_pattern\": {\"self_attn\": 7}}", 8)]
    public void RankPatternsMatchTheEndOfThePath(string json, int expected)
    {
        var problems = new ProblemList();
        var table = PatternTable.ReadRanks(Options(json, problems), problems);
        Assert.Equal(0, problems.Count);
        Assert.Equal(expected, table.Value("model.layers.1.self_attn.q_proj", 8));
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(?=x?)(a+)+$")]
    [InlineData("(a|aa)+\\1?$")]
    public void AHostileExpressionEndsSoon(string pattern)
    {
        var problems = new ProblemList();
        var compiled = StrangerPattern.Compile("target_modules", @"\A", pattern, @"\z", new PatternBudget(TimeProvider.System), problems)!;
        var time = Stopwatch.StartNew();
        try
        {
            Assert.False(compiled.Match(new string('a', 60) + "!").Success);
        }
        catch (RegexMatchTimeoutException)
        {
            // Expected of the two that need backtracking.
        }

        Assert.True(time.Elapsed < TimeSpan.FromSeconds(5), $"took {time.Elapsed}");
    }

    [Fact]
    public void DeeplyNestedAndLongExpressionsAreHandled()
    {
        var problems = new ProblemList();
        StrangerPattern.Compile("target_modules", @"\A", new string('(', 4900) + "a" + new string(')', 4900), @"\z", new PatternBudget(TimeProvider.System), problems)?.Match("a");
        Assert.Null(StrangerPattern.Compile("target_modules", @"\A", new string('a', 10_001), @"\z", new PatternBudget(TimeProvider.System), problems));
        Assert.Contains("at most 10000 are allowed", problems.ToException("f").Message, StringComparison.Ordinal);
    }

    private static ModuleSelector? Read(string json, out ProblemList problems)
    {
        problems = new ProblemList();
        return ModuleSelector.Read(Options(json, problems), problems);
    }

    private static PeftOptions Options(string json, ProblemList problems) => new(JsonDocument.Parse(json).RootElement, problems);
}
