using FLoRA.Inference;
using FLoRA.Parity.Tests.Random;

namespace FLoRA.Parity.Tests;

/// <summary>Models and adapters that nobody chose: the engine in float32 against the slow decoder, over the ways that configurations differ.</summary>
public class RandomModelTests
{
    private const int Seeds = 11;

    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (string family in (string[])["gpt_bigcode", "llama", "starcoder2", "qwen2", "qwen3"])
            {
                for (int seed = 1; seed <= Seeds; seed++)
                    cases.Add(family, seed);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Engine_equals_the_slow_decoder(string family, int seed)
    {
        using var random = new RandomCase(family, seed);
        using (Engine engine = random.Load())
        {
            await EngineCheck.AloneAsync(random, engine);
            await EngineCheck.TogetherAsync(random, engine, "together");
        }

        int blockTokens = random.Dice.Pick(1, 4, 16);
        var steps = new List<StepTrace>();
        using (Engine engine = random.Load(o => o with { MaxRows = 16, MaxSequences = random.Dice.Pick(3, 64), KvTokens = 64, BlockTokens = blockTokens, Trace = steps.Add }))
            await EngineCheck.TogetherAsync(random, engine, $"small budgets, blocks of {blockTokens}");
        Assert.All(steps, s => Assert.InRange(s.Rows, 0, 16));
        Assert.Equal(64 / blockTokens, steps[^1].FreeBlocks);
    }
}
