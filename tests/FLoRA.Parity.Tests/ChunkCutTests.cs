using FLoRA.Inference;

namespace FLoRA.Parity.Tests;

/// <summary>
/// Prompts of a multi-query model that are cut one token past a tile of queries score as the reference has it, in libtorch's composition: in such a cut libtorch's memory-efficient attention on CUDA took masks for all heads
/// but the first from behind the mask (pytorch issue 191937).
/// </summary>
public class ChunkCutTests
{
    private const double Tolerance = 2e-4;

    [Theory, InlineData(33), InlineData(65)]
    public async Task Cut_one_token_past_a_tile(int maxRows)
    {
        GoldenModel golden = GoldenModel.Named("gptbigcode-mqa");
        var steps = new List<StepTrace>();
        using Engine engine = golden.Load(o => o with { MaxRows = maxRows, PrefixCache = false, UseTorchKernels = true, Trace = steps.Add });
        var wrong = new List<string>();
        foreach (GoldenCase c in golden.Cases.Where(c => c.Tokens.Length >= maxRows))
        {
            ScoreResult result = await engine.ScoreAsync(c.Tokens, c.Adapter, TestContext.Current.CancellationToken);
            double worst = c.Logprobs.Zip(result.Logprobs, (e, a) => Math.Abs((double)e - a)).Max(d => double.IsNaN(d) ? double.PositiveInfinity : d);
            if (worst > Tolerance || result.Logprobs.Count != c.Logprobs.Length)
                wrong.Add($"{c.Name}: {result.Logprobs.Count} scores, off by {worst:0.0e+0}");
            if (!c.LastTop.Select(t => t.Id).SequenceEqual(result.Top.Select(t => t.Id)))
                wrong.Add($"{c.Name}: expected {string.Join(' ', c.LastTop.Select(t => t.Id))} next, got {string.Join(' ', result.Top.Select(t => t.Id))}");
        }

        await engine.ReadCountersAsync();
        Assert.Contains(steps, s => s.PrefillTokens == maxRows);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
