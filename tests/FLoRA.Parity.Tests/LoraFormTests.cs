using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.Parity.Tests;

/// <summary>
/// LoRA by batched products, which the benchmarks compare with, gives what LoRA as it is served gives, and both what the reference gives: whoever measures a baseline measures the same work. Without shared
/// prefixes prompts are cut as arrival has it, also in the second half.
/// </summary>
public class LoraFormTests
{
    private const int OutputTokens = 6;
    private const double GoldenTolerance = 2e-4;

    public static TheoryData<string, string, bool, bool> Cases => new()
    {
        { "llama-mha", "float32", false, true },
        { "llama-mha", "float32", true, true },
        { "gptbigcode-mqa", "float32", false, true },
        { "gptbigcode-mqa", "float32", true, true },
        { "gptbigcode-mqa", "float32", true, false },
        { "qwen2", "int8", false, true },
        { "gptbigcode-mha", "int8", false, true },
    };

    [Theory, MemberData(nameof(Cases))]
    public async Task All_forms_score_alike(string model, string type, bool usesTorch, bool sharesPrefixes)
    {
        GoldenModel golden = GoldenModel.Named(model);
        GoldenCase[] cases = [.. golden.Cases.Where(c => c.Adapter is not null)];
        bool isGolden = type != "int8";
        float[][]? first = null;
        var wrong = new List<string>();
        foreach (LoraForm form in Enum.GetValues<LoraForm>())
        {
            using Engine engine = golden.Load(o => o with { DType = type, UseTorchKernels = usesTorch, LoraForm = form, PrefixCache = sharesPrefixes });
            float[][] scores = [.. (await Task.WhenAll(cases.Select(c => engine.ScoreAsync(c.Tokens, c.Adapter, TestContext.Current.CancellationToken)))).Select(s => s.Logprobs.ToArray())];
            int[][] texts = await Task.WhenAll(cases.Select(async c => await ReadAsync(engine.Submit(new Request { PromptTokens = c.Tokens, Adapter = c.Adapter, MaxNewTokens = OutputTokens, IgnoreEos = true }))));
            first ??= scores;

            // Beside weights of eight bits, batched products take D, U and x unrounded.
            double tolerance = isGolden ? 1e-5 : 0.12;
            for (int i = 0; i < cases.Length; i++)
            {
                wrong.AddRange(Differences(first[i], scores[i], x => tolerance * (1 + Math.Abs(x))).Select(d => $"{form}, {cases[i].Name}, beside the first form: {d}"));
                if (!isGolden)
                    continue;
                wrong.AddRange(Differences(cases[i].Logprobs, scores[i], _ => GoldenTolerance).Select(d => $"{form}, {cases[i].Name}: {d}"));
                if (!cases[i].Greedy.Take(OutputTokens).SequenceEqual(texts[i]))
                    wrong.Add($"{form}, {cases[i].Name}: expected {string.Join(' ', cases[i].Greedy.Take(OutputTokens))}, got {string.Join(' ', texts[i])}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static IEnumerable<string> Differences(float[] expected, float[] actual, Func<double, double> tolerance) => expected.Length != actual.Length
        ? [$"expected {expected.Length} scores, got {actual.Length}"]
        : Enumerable.Range(0, expected.Length).Where(t => !(Math.Abs((double)expected[t] - actual[t]) <= tolerance(expected[t]))).Select(t => $"score {t} is {actual[t]}, expected {expected[t]}");

    private static async Task<int[]> ReadAsync(TokenStream stream)
    {
        var ids = new List<int>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            ids.Add(token.Id);
        return [.. ids];
    }
}
