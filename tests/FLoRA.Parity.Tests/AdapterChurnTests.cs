using FLoRA.Inference;
using FLoRA.Parity.Tests.Random;

namespace FLoRA.Parity.Tests;

/// <summary>Adapters of all kinds come, go and replace one another under the same names: rows of the banks are reused, and no one's numbers may stay.</summary>
public class AdapterChurnTests
{
    [Theory]
    [InlineData("gpt_bigcode", 21)]
    [InlineData("qwen2", 22)]
    [InlineData("starcoder2", 23)]
    public async Task Reused_rows_hold_nothing_of_their_last_owner(string family, int seed)
    {
        using var random = new RandomCase(family, seed);
        using Engine engine = random.Load(o => o with { AdapterFolders = [] });
        string[] kinds = [.. RandomAdapter.Kinds];
        var loaded = new Dictionary<string, string>();
        for (int round = 0; round < 24; round++)
        {
            string name = random.Dice.Pick("a", "b", "c", "d");
            if (loaded.ContainsKey(name) && random.Dice.Chance(0.5))
            {
                await engine.UnloadAdapterAsync(name, TestContext.Current.CancellationToken);
                loaded.Remove(name);
            }
            else
            {
                loaded[name] = random.Dice.Pick(kinds);
                await engine.LoadAdapterAsync(name, random.AdapterFolder(loaded[name]), TestContext.Current.CancellationToken);
            }

            int[] tokens = random.Dice.Tokens(random.Dice.From(2, 12), random.Model.Vocabulary);
            await Task.WhenAll(loaded.Select(async pair =>
            {
                ScoreResult result = await engine.ScoreAsync(tokens, pair.Key, TestContext.Current.CancellationToken);
                random.Reference(pair.Value, tokens).AssertLogprobs(result.Logprobs, EngineCheck.LogprobTolerance, $"round {round}, {pair.Value}");
            }));
        }
    }
}
