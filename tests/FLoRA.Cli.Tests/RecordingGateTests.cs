using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Tests;

/// <summary>How many recordings are held in memory at a time.</summary>
public sealed class RecordingGateTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AsManyAsAllowedEnterTheOthersFollowInOrder()
    {
        RecordingGate gate = new(2, Long);
        Task<RecordingLease>[] places = [.. Enumerable.Range(0, 4).Select(_ => gate.EnterAsync(Cancellation))];
        RecordingLease first = await places[0], second = await places[1];
        Assert.All(places[2..], place => Assert.False(place.IsCompleted));
        second.Dispose();
        RecordingLease third = await places[2];
        Assert.False(places[3].IsCompleted);
        first.Dispose();
        third.Dispose();
        (await places[3]).Dispose();
    }

    [Fact]
    public async Task NobodyEntersWhileThoseInsideAreTooLongTogether()
    {
        RecordingGate gate = new(10, Long);
        RecordingLease one = await gate.EnterAsync(Cancellation), two = await gate.EnterAsync(Cancellation);
        one.Count(Long / 2);
        two.Count(Long);
        Task<RecordingLease> waiting = gate.EnterAsync(Cancellation);
        one.Dispose();
        Assert.False(waiting.IsCompleted);
        two.Dispose();
        (await waiting).Dispose();
    }

    [Fact]
    public async Task WhoIsCancelledWhileWaitingTakesNoPlace()
    {
        RecordingGate gate = new(1, Long);
        RecordingLease first = await gate.EnterAsync(Cancellation);
        using CancellationTokenSource cancelled = new();
        Task<RecordingLease> gone = gate.EnterAsync(cancelled.Token), next = gate.EnterAsync(Cancellation);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(next.IsCompleted);
        first.Dispose();
        (await next).Dispose();
        (await gate.EnterAsync(Cancellation)).Dispose();
    }
}
