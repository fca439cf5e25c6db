using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

public sealed class RequestLimitsTests
{
    [Theory]
    [InlineData(512, 1000, 10, null, 512)] // no limit: what the context allows
    [InlineData(512, 100, 10, null, 100)] // or the cache
    [InlineData(512, 100, 99, null, 100)]
    [InlineData(512, 100, 90, 10, 100)]
    [InlineData(512, 100, 10, 5, 15)]
    public void Resolves_prompt_and_new_tokens(int context, int pool, int prompt, int? limit, int expected) =>
        Assert.Equal(expected, new RequestLimits(context, pool).ResolveMaxTokens(prompt, limit));

    [Theory]
    [InlineData(512, 100, 100, null, "needs 101 tokens", "--kv-tokens (KvTokens)")]
    [InlineData(512, 100, 90, 11, "needs 101 tokens", "holds 100")]
    [InlineData(100, 512, 100, null, "needs 101 tokens", "context has 100")]
    [InlineData(100, 512, 1, int.MaxValue, "needs 2147483648 tokens", "context has 100")]
    [InlineData(100, 512, 1, 0, "at least 1", "it is 0")]
    [InlineData(100, 512, 0, 1, "at least one token", "prompt")]
    public void Refuses_what_can_never_fit_with_the_numbers(int context, int pool, int prompt, int? limit, string numbers, string option)
    {
        string message = Assert.Throws<InvalidRequestException>(() => new RequestLimits(context, pool).ResolveMaxTokens(prompt, limit)).Message;
        Assert.Contains(numbers, message, StringComparison.Ordinal);
        Assert.Contains(option, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_request_needs_room_for_its_text_alone()
    {
        RequestLimits limits = new(64, 32);
        Assert.Equal(32, limits.ResolveScoreTokens(32));
        Assert.Throws<InvalidRequestException>(() => limits.ResolveScoreTokens(33));
        Assert.Throws<InvalidRequestException>(() => limits.ResolveScoreTokens(0));
    }
}
