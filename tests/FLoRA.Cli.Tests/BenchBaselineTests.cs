using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FLoRA.Benchmarks.Baselines;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

/// <summary>--baseline of flora bench.</summary>
public sealed class BenchBaselineTests
{
    [Fact]
    public void Figures_are_worse_by_their_sense_and_beyond_five_percent_only()
    {
        BaselineComparison comparison = Compare(
            """{"tokens_per_s":100,"step_ms":{"p50":10,"p95":10},"peak_memory_mb":50,"limit_ms":3,"rows_per_step":8,"fraction_of_limit":0.8,"top1_agreement":0.98,"max_kl":0,"gone":1}""",
            """{"tokens_per_s":94.9,"step_ms":{"p50":10.4,"p95":10.6},"peak_memory_mb":40,"limit_ms":4,"rows_per_step":8,"fraction_of_limit":0.9,"top1_agreement":0.98,"max_kl":0.1,"new":true}""");
        Assert.Equal(["tokens_per_s", "step_ms.p95", "max_kl"], comparison.Figures.Where(f => f.IsWorse).Select(f => f.Name));
        Assert.Equal(["peak_memory_mb", "fraction_of_limit"], comparison.Figures.Where(f => f.IsBetter).Select(f => f.Name));
        Assert.Equal(["step_ms.p50", "top1_agreement"], comparison.Figures.Where(f => !f.IsWorse && !f.IsBetter).Select(f => f.Name));
        Assert.Equal([0.949, 1.06, null], comparison.Figures.Where(f => f.IsWorse).Select(f => f.Ratio is { } ratio ? Math.Round(ratio, 9) : (double?)null));
        Assert.Equal([new ChangedField("limit_ms", "3", "4"), new ChangedField("new", null, "true"), new ChangedField("gone", "1", null)], comparison.Changed);
    }

    [Fact]
    public void Runs_are_found_by_what_they_are_not_by_where_they_stand()
    {
        BaselineComparison comparison = Compare(
            """{"runs":[{"kind":"flora","rank":2,"rate":null,"tokens_per_s":20},{"kind":"flora","rank":1,"rate":8,"tokens_per_s":10},{"kind":"none","rank":null,"rate":null,"tokens_per_s":5}],"adapters":[{"adapter":null,"mean_kl":1}]}""",
            """{"runs":[{"kind":"flora","rank":1,"rate":8,"tokens_per_s":11},{"kind":"flora","rank":2,"rate":null,"tokens_per_s":40},{"kind":"ia3","rank":null,"rate":null,"tokens_per_s":5}],"adapters":[{"adapter":null,"mean_kl":1}]}""");
        Assert.Equal([("runs[flora, rank 1, rate 8].tokens_per_s", 1.1), ("runs[flora, rank 2].tokens_per_s", 2), ("adapters[base].mean_kl", 1)], comparison.Figures.Select(f => (f.Name, Math.Round(f.Ratio!.Value, 9))));
        Assert.Contains(new ChangedField("runs[ia3].tokens_per_s", null, "5"), comparison.Changed);
        Assert.Contains(new ChangedField("runs[none].tokens_per_s", "5", null), comparison.Changed);
    }

    [Fact]
    public void Another_machine_and_another_run_are_told()
    {
        BaselineComparison comparison = Compare(
            """{"command":"decode --sequences 1","machine":{"cpu":"A","cores":2,"date":"then","load_average":1,"read_gb_per_s":40}}""",
            """{"command":"decode --sequences 8","machine":{"cpu":"B","cores":2,"date":"now","load_average":9,"read_gb_per_s":30,"gpu":null}}""");
        Assert.Equal(new ChangedField("command", "decode --sequences 1", "decode --sequences 8"), comparison.OtherCommand);
        Assert.Equal([new ChangedField("cpu", "\"A\"", "\"B\""), new ChangedField("gpu", null, "null")], comparison.OtherMachine);
        string text = BaselineText.Of(comparison, "old.json");
        Assert.Contains("not the same run: was 'decode --sequences 1'", text, StringComparison.Ordinal);
        Assert.Contains("not the same machine: cpu was \"A\", is \"B\"", text, StringComparison.Ordinal);
        Assert.Null(Compare("""{"command":"x"}""", """{"command":"x"}""").OtherCommand);
    }

    [Fact]
    public async Task A_result_is_compared_with_an_earlier_one_of_the_same_run()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["bench", "decode", "--model", Path.Combine(FloraRun.TestData, "llama-mha", "model"), "--threads", "1", "--context", "4", "--steps", "4", "--json"];
        JsonNode earlier = JsonNode.Parse((await FloraRun.OfAsync(command)).Output)!;
        earlier["tokens_per_s"] = 1e12;
        earlier["step_ms"]!["p50"] = 1e6;
        earlier["bytes_per_step"] = 1;
        earlier["machine"]!["cores"] = 4096;
        string other = """{"run":"other","result":{"command":"decode --steps 5","tokens_per_s":1}}""";
        string file = folder.Write("old.jsonl", Encoding.UTF8.GetBytes($"{other}\n{{\"run\":\"this\",\"result\":{earlier.ToJsonString()}}}\n"));

        FloraRun run = await FloraRun.OfAsync([.. command, "--baseline", file]);
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement baseline = run.Lines.Single().GetProperty("baseline");
        Assert.True(baseline.GetProperty("same_command").GetBoolean());
        JsonElement Figure(string name) => baseline.GetProperty("figures").EnumerateArray().Single(f => f.GetProperty("name").GetString() == name);
        Assert.True(Figure("tokens_per_s").GetProperty("worse").GetBoolean() && Figure("step_ms.p50").GetProperty("better").GetBoolean());
        Assert.Contains(baseline.GetProperty("changed").EnumerateArray(), f => f.GetProperty("name").GetString() == "bytes_per_step" && f.GetProperty("was").GetString() == "1");
        Assert.Equal("cores", baseline.GetProperty("machine").EnumerateArray().Single().GetProperty("name").GetString());
        Assert.Contains("not the same machine: cores was 4096", run.Error, StringComparison.Ordinal);
        Assert.Matches(@"\n  tokens_per_s .* WORSE\n", run.Error);
    }

    [Fact]
    public async Task A_baseline_that_cannot_be_used_is_refused_before_anything_is_measured()
    {
        using var folder = new TemporaryFolder();
        Task<FloraRun> With(string file) => FloraRun.OfAsync("bench", "roofline", "--baseline", file);
        (await With(folder.File("none.json"))).AssertRefused("--baseline", "there is no file");
        (await With(folder.Write("a.json", "[1]"u8.ToArray()))).AssertRefused("--baseline", "expected a JSON object");
        (await With(folder.Write("b.json", "{}\nx"u8.ToArray()))).AssertRefused("--baseline", "line 2");
        (await With(folder.Write("c.json", "{\"command\":\"a\"}\n{\"command\":\"b\"}"u8.ToArray()))).AssertRefused("--baseline", "2 results, 0 of them of 'roofline'");
    }

    private static BaselineComparison Compare(string was, string isNow) => new(JsonElement.Parse(was), JsonElement.Parse(isNow));
}
