using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Tests.Sampling;

public sealed class SamplingValidationTests
{
    public static TheoryData<SamplingOptions, string> Wrong() => new()
    {
        { new() { RepetitionPenalty = 0 }, "repetition_penalty must be above 0 (from 1e-6 to 1e6), got 0" },
        { new() { RepetitionPenalty = double.NaN }, "repetition_penalty must be above 0 (from 1e-6 to 1e6), got NaN" },
        { new() { PresencePenalty = double.PositiveInfinity }, "presence_penalty must be between -1e6 and 1e6, got Infinity" },
        { new() { FrequencyPenalty = double.NaN }, "frequency_penalty must be between -1e6 and 1e6, got NaN" },
        { new() { Temperature = -0.5 }, "temperature must be 0 (greedy) or a positive number, got -0.5" },
        { new() { Temperature = double.NaN }, "temperature must be 0 (greedy) or a positive number, got NaN" },
        { new() { TopK = -1 }, "top_k must be 0 (off) or a positive integer, got -1" },
        { new() { TopP = 0 }, "top_p must be above 0 and at most 1, got 0" },
        { new() { TopP = 1.5 }, "top_p must be above 0 and at most 1, got 1.5" },
        { new() { MinP = 2 }, "min_p must be between 0 and 1, got 2" },
        { new() { LogitBias = new Dictionary<int, double> { [100] = 1 } }, "logit_bias id must be in [0, 100), got 100" },
        { new() { LogitBias = new Dictionary<int, double> { [3] = double.NaN } }, "logit_bias of id 3 must be a finite number, got NaN" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void NamesWhatWasExpectedAndWhatCame(SamplingOptions options, string problem) =>
        Assert.Equal([problem], SamplingValidation.Problems(options, vocabulary: 100));

    [Fact]
    public void ThrowsWithEveryProblem()
    {
        InvalidRequestException error = Assert.Throws<InvalidRequestException>(() =>
            SamplingValidation.Validate(new SamplingOptions { Temperature = -1, TopK = -2, TopP = 7 }, 100));
        Assert.All((string[])["temperature", "top_k", "top_p"], name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void AcceptsTheLimits()
    {
        Assert.Empty(SamplingValidation.Problems(SamplingOptions.Greedy, 100));
        SamplingValidation.Validate(SamplingOptions.Greedy, 100);
        Assert.Empty(SamplingValidation.Problems(new SamplingOptions { TopP = 1, MinP = 1, TopK = int.MaxValue, LogitBias = new Dictionary<int, double> { [99] = -100 } }, 100));
    }
}
