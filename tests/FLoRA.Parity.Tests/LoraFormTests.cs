using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.Parity.Tests;

/// <summary>LoRA by batched products, which the benchmarks compare with, gives what LoRA as it is served gives: whoever measures a baseline measures the same work.</summary>
public class LoraFormTests
{
    public static TheoryData<string, string, bool> Cases => new()
    {
        { "llama-mha", "float32", false },
        { "llama-mha", "float32", true },
        { "gptbigcode-mqa", "float32", false },
        { "gptbigcode-mqa", "float32", true },
        { "qwen2", "int8", false },
        { "gptbigcode-mha", "int8", false },
    };

    [Theory, MemberData(nameof(Cases))]
    public async Task All_forms_score_alike(string model, string type, bool usesTorch)
    {
        GoldenModel golden = GoldenModel.Named(model);
        GoldenCase[] cases = [.. golden.Cases.Where(c => c.Adapter is not null)];
        float[][]? expected = null;
        foreach (LoraForm form in Enum.GetValues<LoraForm>())
        {
            using Engine engine = golden.Load(o => o with { DType = type, UseTorchKernels = usesTorch, LoraForm = form });
            float[][] scores = [.. (await Task.WhenAll(cases.Select(c => engine.ScoreAsync(c.Tokens, c.Adapter, TestContext.Current.CancellationToken)))).Select(s => s.Logprobs.ToArray())];
            int[][] texts = await Task.WhenAll(cases.Select(async c => await ReadAsync(engine.Submit(new Request { PromptTokens = c.Tokens, Adapter = c.Adapter, MaxNewTokens = 6, IgnoreEos = true }))));
            expected ??= scores;

            // Beside weights of eight bits, batched products take D, U and x unrounded.
            double tolerance = type == "int8" ? 0.12 : 1e-5;
            for (int i = 0; i < cases.Length; i++)
            {
                Assert.All(expected[i].Zip(scores[i]), pair => Assert.Equal(pair.First, pair.Second, tolerance * (1 + Math.Abs(pair.First))));
                if (type != "int8")
                    Assert.Equal(cases[i].Greedy.Take(6), texts[i]);
            }
        }
    }

    private static async Task<int[]> ReadAsync(TokenStream stream)
    {
        var ids = new List<int>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            ids.Add(token.Id);
        return [.. ids];
    }
}
