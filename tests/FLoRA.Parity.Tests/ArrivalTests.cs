using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.Parity.Tests;

/// <summary>Requests that come in while others run meet in batches of every make; each gets its golden tokens in all of them, in every form of LoRA and with budgets that cut prompts.</summary>
public class ArrivalTests
{
    private const int OutputTokens = 6;

    public static MatrixTheoryData<string, string, int> Cases => new(["gptbigcode-mqa", "llama-gqa-rope3"], Enum.GetNames<LoraForm>(), [48, 65, 256]);

    [Theory, MemberData(nameof(Cases))]
    public async Task Golden_tokens_whoever_comes_when(string model, string form, int maxRows)
    {
        GoldenModel golden = GoldenModel.Named(model);
        GoldenCase[] cases = [.. golden.Cases];
        using Engine engine = golden.Load(o => o with { LoraForm = Enum.Parse<LoraForm>(form), MaxRows = maxRows });
        var wrong = new List<string>();
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("FLORA_TEST_ROUNDS"), out int asked) ? asked : 1;
        for (int round = 0; round < rounds; round++)
        {
            var random = new System.Random(round);
            GoldenCase[] order = [.. cases.OrderBy(_ => random.Next())];
            var reading = new List<Task<int[]>>();
            foreach (GoldenCase c in order)
            {
                reading.Add(ReadAsync(engine.Submit(new Request { PromptTokens = c.Tokens, Adapter = c.Adapter, MaxNewTokens = OutputTokens, IgnoreEos = true })));
                if (random.Next(3) == 0)
                    await engine.ReadCountersAsync(); // between two steps
            }

            int[][] texts = await Task.WhenAll(reading);
            wrong.AddRange(order.Zip(texts).Where(pair => !pair.First.Greedy.Take(OutputTokens).SequenceEqual(pair.Second))
                .Select(pair => $"round {round}, {pair.First.Name}: expected {string.Join(' ', pair.First.Greedy.Take(OutputTokens))}, got {string.Join(' ', pair.Second)}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static async Task<int[]> ReadAsync(TokenStream stream)
    {
        var ids = new List<int>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            ids.Add(token.Id);
        return [.. ids];
    }
}
