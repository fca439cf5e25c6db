using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>
/// Batched equals one by one, over a grid of batch sizes, kinds and adapter popularity (DESIGN 6): bit for bit with kernels of our own. Else ids
/// are compared while the margin exceeds 1e-3 only: torch products change in the last bits with the row count. Log-probabilities within 2e-4.
/// </summary>
public class BatchInvarianceTests
{
    private const int NewTokens = 12;

    public static TheoryData<string, int, string> Grid
    {
        get
        {
            var grid = new TheoryData<string, int, string>();
            foreach (string model in new[] { "gptbigcode-mqa", "llama-gqa-rope3", "starcoder2" })
            {
                foreach (int size in new[] { 2, 5, 16, 48 })
                {
                    foreach (string popularity in new[] { "distinct", "uniform", "zipf", "identical" })
                        grid.Add(model, size, popularity);
                }
            }

            return grid;
        }
    }

    [Theory, MemberData(nameof(Grid))]
    public async Task Batched_equals_alone(string model, int size, string popularity)
    {
        using Engine engine = TinyEngine.Load(model);
        string?[] adapters = [null, .. engine.Adapters.Select(a => a.Name)];
        var random = new Random(size * 31 + popularity.Length);
        Request[] requests = [.. Enumerable.Range(0, size).Select(i => TinyEngine.Ask(
            [.. Enumerable.Range(0, random.Next(1, 90)).Select(_ => random.Next(engine.Model.VocabularySize))],
            adapters[Choose(popularity, i, adapters.Length, random)],
            NewTokens) with { Logprobs = true })];

        GeneratedToken[][] batched = await Task.WhenAll(requests.Select(r => ReadTokensAsync(engine.Submit(r))));
        for (int i = 0; i < size; i++)
        {
            GeneratedToken[] alone = await ReadTokensAsync(engine.Submit(requests[i]));
            if (PanelShape.Columns > 0)
                Assert.Equal(alone.Select(t => (t.Id, t.Logprob)), batched[i].Select(t => (t.Id, t.Logprob)));
            await AssertSameAsync(engine, requests[i], alone, batched[i]);
        }
    }

    private static int Choose(string popularity, int index, int count, Random random) => popularity switch
    {
        "distinct" => index % count,
        "uniform" => random.Next(count),
        "zipf" => (int)Math.Min(count - 1, Math.Floor(1 / (1 - (random.NextDouble() * 0.95))) - 1),
        _ => count - 1,
    };

    private static async Task AssertSameAsync(Engine engine, Request request, GeneratedToken[] alone, GeneratedToken[] batched)
    {
        for (int t = 0; t < alone.Length; t++)
        {
            if (alone[t].Id != batched[t].Id)
            {
                // A tie within the margin may fall either way; from there on the texts differ rightly.
                ScoreResult after = await engine.ScoreAsync([.. request.PromptTokens, .. alone[..t].Select(a => a.Id)], request.Adapter, TestContext.Current.CancellationToken);
                Assert.InRange(after.Top[0].Logit - after.Top[1].Logit, 0, 1e-3);
                return;
            }

            Assert.Equal(alone[t].Logprob!.Value, batched[t].Logprob!.Value, 2e-4f);
        }
    }

    private static async Task<GeneratedToken[]> ReadTokensAsync(TokenStream stream)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        return [.. tokens];
    }
}
