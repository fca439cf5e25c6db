using FLoRA.Inference.Execution;
using Microsoft.Extensions.Time.Testing;

namespace FLoRA.Inference.Tests.Execution;

/// <summary>The bounds of the queue, and what it says of the time until there is room.</summary>
public class QueueGateTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void As_many_requests_as_the_bound_wait_and_one_more_is_refused_with_the_numbers()
    {
        QueueGate queue = Full(maxRequests: 3, tokensEach: 10);
        Assert.Equal(
            "The queue is full: 3 requests wait, at most 3 may (MaxQueuedRequests, Queue.MaxRequests); one of 5 tokens came. Try again in 1.0 s.",
            Refused(queue, 5).Message);
        Assert.Equal((3, 30), queue.Waiting);
        queue.Leave(10, admitted: true);
        queue.Enter(5);
        Assert.Equal((3, 25), queue.Waiting);
    }

    [Fact]
    public void Tokens_have_a_bound_of_their_own()
    {
        var queue = new QueueGate(null, 100, _time);
        queue.Enter(60);
        queue.Enter(40);
        Assert.Equal(
            "The queue is full: 2 requests with 100 prompt tokens wait, at most 100 tokens may (MaxQueuedTokens, Queue.MaxTokens); one of 1 tokens came. Try again in 1.0 s.",
            Refused(queue, 1).Message);
        queue.Leave(60, admitted: false);
        Refused(queue, 61);
        queue.Enter(60);
    }

    [Fact]
    public void A_single_request_is_taken_whatever_its_length()
    {
        var queue = new QueueGate(2, 10, _time);
        queue.Enter(1000);
        Refused(queue, 1);
        queue.Leave(1000, admitted: true);
        queue.Enter(11);
        Assert.Equal((1, 11), queue.Waiting);
    }

    [Fact]
    public void Without_bounds_nothing_is_refused_and_all_is_counted()
    {
        var queue = new QueueGate(null, null, _time);
        for (int i = 0; i < 10_000; i++)
            queue.Enter(int.MaxValue);
        Assert.Equal((10_000, 10_000L * int.MaxValue), queue.Waiting);
    }

    [Fact]
    public void Who_leaves_must_have_entered()
    {
        var queue = new QueueGate(null, null, _time);
        Assert.Throws<InvalidOperationException>(() => queue.Leave(1, admitted: true));
        queue.Enter(5);
        Assert.Throws<InvalidOperationException>(() => queue.Leave(6, admitted: true));
    }

    [Theory]
    [InlineData(2, 1, 2)]
    [InlineData(2, 4, 0.5)] // four at once, as a step admits them
    [InlineData(0.001, 1, 0.05)] // never shorter
    [InlineData(100, 1, 30)] // never longer
    public void Room_for_a_request_is_expected_after_the_time_that_one_admission_took_lately(double seconds, int admittedTogether, double expected)
    {
        QueueGate queue = Full(maxRequests: 4, tokensEach: 10);
        Serve(queue, rounds: 20, seconds, admittedTogether, tokensEach: 10);
        Assert.Equal(expected, Refused(queue, 10).RetryAfter.TotalSeconds, 1e-6);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(35, 3.5)]
    [InlineData(100, 10)]
    [InlineData(5000, 10)] // fits an empty queue only
    public void Room_for_tokens_is_expected_when_so_many_have_been_admitted(int tokens, double expected)
    {
        var queue = new QueueGate(null, 100, _time);
        for (int i = 0; i < 10; i++)
            queue.Enter(10);
        Serve(queue, rounds: 20, seconds: 1, admittedTogether: 1, tokensEach: 10);
        Assert.Equal(expected, Refused(queue, tokens).RetryAfter.TotalSeconds, 1e-6);
    }

    [Fact]
    public void The_estimate_follows_a_change_of_pace()
    {
        QueueGate queue = Full(maxRequests: 4, tokensEach: 10);
        Serve(queue, rounds: 100, seconds: 0.2, admittedTogether: 1, tokensEach: 10);
        Serve(queue, rounds: 100, seconds: 2, admittedTogether: 1, tokensEach: 10);
        Assert.Equal(2, Refused(queue, 10).RetryAfter.TotalSeconds, 1e-3);
    }

    [Fact]
    public void A_queue_that_stands_still_expects_to_take_longer()
    {
        QueueGate queue = Full(maxRequests: 4, tokensEach: 10);
        Serve(queue, rounds: 20, seconds: 0.1, admittedTogether: 1, tokensEach: 10);
        TimeSpan before = Refused(queue, 10).RetryAfter;
        _time.Advance(TimeSpan.FromSeconds(5));
        TimeSpan after = Refused(queue, 10).RetryAfter;
        Assert.True(after > 2 * before, $"{before}, {after}");
        _time.Advance(TimeSpan.FromDays(100));
        Assert.Equal(30, Refused(queue, 10).RetryAfter.TotalSeconds);
    }

    [Fact]
    public void Time_in_which_nobody_waits_and_requests_that_give_up_say_nothing_of_the_pace()
    {
        QueueGate queue = Full(maxRequests: 2, tokensEach: 10);
        Serve(queue, rounds: 20, seconds: 1, admittedTogether: 1, tokensEach: 10);
        queue.Leave(10, admitted: false);
        queue.Leave(10, admitted: false);
        _time.Advance(TimeSpan.FromDays(1));
        queue.Enter(10);
        queue.Enter(10);
        Assert.Equal(1, Refused(queue, 10).RetryAfter.TotalSeconds, 1e-6);
    }

    [Fact]
    public async Task The_counts_are_exact_and_never_above_the_bounds_whoever_comes_and_goes()
    {
        const int MaxRequests = 5, MaxTokens = 40;
        var queue = new QueueGate(MaxRequests, MaxTokens, TimeProvider.System);
        int[] taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            var inside = new Queue<int>();
            int count = 0;
            for (int i = 0; i < 20_000; i++)
            {
                if (inside.Count > 0 && random.Next(2) == 0)
                {
                    queue.Leave(inside.Dequeue(), admitted: random.Next(2) == 0);
                    continue;
                }

                int tokens = random.Next(1, 30);
                if (Record.Exception(() => queue.Enter(tokens)) is not { } refused)
                {
                    inside.Enqueue(tokens);
                    count++;
                }
                else
                {
                    Assert.InRange(Assert.IsType<EngineOverloadedException>(refused).RetryAfter.TotalSeconds, 0.05, 30);
                }

                (int requests, long waiting) = queue.Waiting;
                Assert.InRange(requests, 0, MaxRequests);
                Assert.InRange(waiting, requests, MaxTokens);
            }

            foreach (int tokens in inside)
                queue.Leave(tokens, admitted: true);
            return count;
        }, TestContext.Current.CancellationToken)));
        Assert.Equal((0, 0), queue.Waiting);
        Assert.All(taken, count => Assert.True(count > 100, $"{count} taken"));
    }

    private QueueGate Full(int maxRequests, int tokensEach)
    {
        var queue = new QueueGate(maxRequests, null, _time);
        for (int i = 0; i < maxRequests; i++)
            queue.Enter(tokensEach);
        return queue;
    }

    /// <summary>Every so many seconds some are admitted, and as many new ones come at once.</summary>
    private void Serve(QueueGate queue, int rounds, double seconds, int admittedTogether, int tokensEach)
    {
        for (int round = 0; round < rounds; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            for (int i = 0; i < admittedTogether; i++)
                queue.Leave(tokensEach, admitted: true);
            for (int i = 0; i < admittedTogether; i++)
                queue.Enter(tokensEach);
        }
    }

    private static EngineOverloadedException Refused(QueueGate queue, int promptTokens) =>
        Assert.Throws<EngineOverloadedException>(() => queue.Enter(promptTokens));
}
