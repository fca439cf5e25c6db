using FLoRA.Inference.Sampling;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Sampling;

[Properties(Arbitrary = [typeof(SamplingBatches)])]
public sealed class SamplerPropertyTests
{
    [Property(MaxTest = 300, Replay = "3141,59265")]
    public void FiltersLeaveWhatTheReferenceLeaves(SamplingBatch batch)
    {
        double[][] actual = SamplerHarness.Probabilities(batch.Logits, batch.Rows);
        for (int row = 0; row < batch.Rows.Length; row++)
        {
            if (batch.Rows[row].Options.IsGreedy)
                continue;
            double[] expected = Expected(batch, row);
            Assert.All(expected.Zip(actual[row]), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
            Assert.Equal(expected.Select(p => p > 0), actual[row].Select(p => p > 0));
        }
    }

    [Property(MaxTest = 300, Replay = "2718,28183")]
    public void PicksWhatTheReferencePicks(SamplingBatch batch)
    {
        (long[] ids, _) = SamplerHarness.Sample(batch.Logits, batch.Rows);
        for (int row = 0; row < ids.Length; row++)
        {
            double uniform = Philox.Uniform(batch.Rows[row].Seed, (ulong)batch.Rows[row].OutputIndex);
            Assert.Equal(SamplingReference.Pick(Expected(batch, row), uniform), ids[row]);
        }
    }

    [Property(MaxTest = 200, Replay = "1618,3399")]
    public void NeighboursChangeNothing(SamplingBatch batch)
    {
        (long[] together, float[]? logprobs) = SamplerHarness.Sample(batch.Logits, batch.Rows);
        for (int row = 0; row < together.Length; row++)
        {
            (long[] alone, float[]? logprob) = SamplerHarness.Sample([batch.Logits[row]], batch.Rows[row]);
            Assert.Equal(alone[0], together[row]);
            Assert.Equal(batch.Rows[row].Logprob, logprob is not null);
            if (logprob is not null)
                Assert.Equal(logprob[0], logprobs![row]);
        }
    }

    [Property(MaxTest = 200, Replay = "1414,2135")]
    public void LogprobsAreOfTheRawLogits(SamplingBatch batch)
    {
        (long[] ids, float[]? logprobs) = SamplerHarness.Sample(batch.Logits, batch.Rows);
        Assert.Equal(batch.Rows.Any(row => row.Logprob), logprobs is not null);
        for (int row = 0; row < ids.Length; row++)
        {
            if (!batch.Rows[row].Logprob)
            {
                Assert.True(logprobs is null || float.IsNaN(logprobs[row]));
                continue;
            }

            double normalizer = Math.Log(batch.Logits[row].Sum(logit => Math.Exp(logit)));
            Assert.Equal(batch.Logits[row][ids[row]] - normalizer, logprobs![row], 1e-5);
        }
    }

    private static double[] Expected(SamplingBatch batch, int row) => SamplingReference.Probabilities(
        batch.Rows[row].Options, batch.Rows[row].PromptTokens, batch.Rows[row].GeneratedTokens, batch.Logits[row]);
}
