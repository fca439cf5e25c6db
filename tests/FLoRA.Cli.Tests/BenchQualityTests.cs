using System.Text;
using System.Text.Json;
using FLoRA.Benchmarks.Quality;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Cli.Tests;

/// <summary>flora bench quality: figures of the definitions, and of models small enough to know what must come.</summary>
public sealed class BenchQualityTests
{
    [Fact]
    public void A_divergence_is_that_of_its_definition()
    {
        float[] p = [1, 3, -2, 0.5f], q = [0.5f, 2, 3, 0];
        double[] Softmax(float[] logits)
        {
            double sum = logits.Sum(l => Math.Exp(l));
            return [.. logits.Select(l => Math.Exp(l) / sum)];
        }

        double[] a = Softmax(p), b = Softmax(q);
        Divergence divergence = Divergence.Of(p, q, nextId: 3);
        Assert.Equal(a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum(), divergence.Kl, 12);
        Assert.False(divergence.SameTop);
        Assert.Equal((Math.Log(a[3]), Math.Log(b[3])), (divergence.ReferenceLogprob, divergence.Logprob), (x, y) => Math.Abs(x.Item1 - y.Item1) + Math.Abs(x.Item2 - y.Item2) < 1e-12);
        Assert.Equal((0.0, true), (Divergence.Of(p, p, 0).Kl, Divergence.Of(p, p, 0).SameTop));
    }

    [Fact]
    public async Task Float32_against_itself_does_not_differ_and_the_loss_is_that_of_the_stored_numbers()
    {
        string golden = Path.Combine(FloraRun.TestData, "llama-gqa-rope3");
        FloraRun run = await FloraRun.OfAsync("bench", "quality", "--model", Path.Combine(golden, "model"), "--dtype", "float32", "--threads", "1", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();
        JsonElement[] cases = [.. JsonElement.Parse(File.ReadAllText(Path.Combine(golden, "cases.json"))).GetProperty("cases").EnumerateArray()];
        Assert.Equal(cases.Sum(c => c.GetProperty("tokens").GetArrayLength() + c.GetProperty("greedy").GetArrayLength() - 1), line.GetProperty("positions").GetInt32());
        Assert.True(line.GetProperty("max_kl").GetDouble() < 1e-6);
        Assert.Equal(1, line.GetProperty("top1_agreement").GetDouble());

        double Mean(string name) => cases.SelectMany(c => c.GetProperty(name).EnumerateArray()).Average(l => -l.GetDouble());
        Assert.Equal(Mean("logprobs"), line.GetProperty("prompt").GetProperty("float32_loss").GetDouble(), 1e-3);
        Assert.Equal(Mean("greedy_logprobs"), line.GetProperty("generated").GetProperty("float32_loss").GetDouble(), 1e-3);
        Assert.Equal("quality", line.GetProperty("command").GetString()!.Split(' ')[0]);
        Assert.True(line.GetProperty("machine").GetProperty("cores").GetInt32() > 0);
    }

    [Fact]
    public async Task Eight_bits_differ_a_little_and_every_adapter_has_its_figures()
    {
        string cases = Path.Combine(FloraRun.TestData, "gptbigcode-mqa", "cases.json");
        FloraRun run = await FloraRun.OfAsync("bench", "quality", "--model", Path.Combine(FloraRun.TestData, "gptbigcode-mqa", "model"), "--cases", cases, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();
        Assert.Equal("int8", line.GetProperty("dtype").GetString());
        Assert.InRange(line.GetProperty("mean_kl").GetDouble(), 1e-9, 0.1);
        Assert.InRange(line.GetProperty("top1_agreement").GetDouble(), 0.8, 1);

        JsonElement[] adapters = [.. line.GetProperty("adapters").EnumerateArray()];
        string?[] named = [.. JsonElement.Parse(File.ReadAllText(cases)).GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("adapter").GetString()).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(named, adapters.Select(a => a.GetProperty("adapter").GetString()));
        Assert.Equal(line.GetProperty("positions").GetInt32(), adapters.Sum(a => a.GetProperty("positions").GetInt32()));
        Assert.Equal(line.GetProperty("mean_kl").GetDouble(), adapters.Sum(a => a.GetProperty("mean_kl").GetDouble() * a.GetProperty("positions").GetInt32()) / line.GetProperty("positions").GetInt32(), 1e-6);
    }

    [Fact]
    public async Task Eight_bits_keep_what_tinycoder_says()
    {
        FloraRun run = await FloraRun.OfAsync("bench", "quality", "--model", FloraRun.Coder, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement line = run.Lines.Single();
        Assert.True(line.GetProperty("top1_agreement").GetDouble() >= 0.98 && line.GetProperty("mean_kl").GetDouble() < 0.003, line.ToString());
    }

    [Fact]
    public async Task People_get_a_table()
    {
        FloraRun run = await FloraRun.OfAsync("bench", "quality", "--model", Path.Combine(FloraRun.TestData, "llama-mha", "model"), "--dtype", "bfloat16");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("# bfloat16 against float32", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n\| all +\| +\d+ \|", run.Output);
        Assert.Matches(@"\n\| base +\|", run.Output);
        Assert.Contains("- machine: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_measured_is_refused_before_anything_is_loaded()
    {
        using var folder = new TemporaryFolder();
        string model = Path.Combine(FloraRun.TestData, "llama-mha", "model");
        Task<FloraRun> WithCases(string text) => FloraRun.OfAsync("bench", "quality", "--model", model, "--cases", folder.Write("cases.json", Encoding.UTF8.GetBytes(text)));

        (await WithCases("[1]")).AssertRefused("expected an object with a list 'cases' or 'requests'");
        (await WithCases("{")).AssertRefused("is not JSON");
        (await WithCases("""{"cases":[{"adapter":null,"tokens":[5]}]}""")).AssertRefused("cases[0]", "at least two ids");
        (await WithCases("""{"cases":[{"adapter":3,"tokens":[5,6]}]}""")).AssertRefused("cases[0]", "'adapter'");
        (await WithCases("""{"cases":[{"tokens":["a"]}]}""")).AssertRefused("'tokens'", "got a");
        (await WithCases("""{"cases":[{"adapter":"nobody","tokens":[5,6]}]}""")).AssertRefused("nobody", "--adapters");
        (await FloraRun.OfAsync("bench", "quality", "--model", model, "--cases", "nowhere.json")).AssertRefused("there is no file 'nowhere.json'");
        (await FloraRun.OfAsync("bench", "quality", "--model", Path.Combine(folder.Path, "in", "model"))).AssertRefused("expected --cases FILE");
        (await FloraRun.OfAsync("bench", "quality", "--model", FloraRun.Whisper, "--cases", Path.Combine(FloraRun.TestData, "llama-mha", "cases.json"))).AssertRefused("a speech model");
    }
}
