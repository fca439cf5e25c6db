using FLoRA.Inference;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What runs inside the resilience pipeline, what does not, and what gets out.</summary>
public sealed class StreamOpenerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FloraResilienceOptions _options = new();
    private readonly List<FakeStream> _opened = [];
    private MidStreamBreaker? _breaker;
    private StreamOpener? _opener;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static EngineFaultException DeviceFault => new("the device is lost") { IsDeviceFault = true };

    public void Dispose() => _breaker?.Dispose();

    private StreamOpener Opener => _opener ??= new StreamOpener(FloraResilience.Build(_options, _time), _breaker = new MidStreamBreaker(_options, _time), refused => refused);

    private Task<OpenedStream<FakeStream, int>> OpenAsync(Func<FakeStream> open, CancellationToken? cancellationToken = null) => Opener.OpenAsync<FakeStream, int>(
        () =>
        {
            FakeStream stream = open();
            _opened.Add(stream);
            return stream;
        },
        cancellationToken ?? Cancel).AsTask();

    private static async Task<List<int>> ReadAsync(OpenedStream<FakeStream, int> opened)
    {
        var items = new List<int>();
        while (await opened.MoveNextAsync())
            items.Add(opened.Current);
        return items;
    }

    private async Task<T> AdvanceUntilDone<T>(Task<T> task, TimeSpan step)
    {
        for (int i = 0; i < 10_000 && !task.IsCompleted; i++)
        {
            _time.Advance(step);
            await Task.Yield();
            await Task.WhenAny(task, Task.Delay(1, Cancel));
        }

        return await task;
    }

    [Fact]
    public async Task Every_item_comes_once_and_in_order()
    {
        await using OpenedStream<FakeStream, int> opened = await OpenAsync(() => new FakeStream().Give(1).Give(2).Give(3).End());
        (await ReadAsync(opened)).ShouldBe([1, 2, 3]);
        await using OpenedStream<FakeStream, int> empty = await OpenAsync(() => new FakeStream().End());
        (await ReadAsync(empty)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_stream_knows_only_the_callers_token()
    {
        using var caller = new CancellationTokenSource();
        await using OpenedStream<FakeStream, int> opened = await OpenAsync(() => new FakeStream().Give(1), caller.Token);
        opened.Stream.ReaderToken.ShouldBe(caller.Token);
    }

    [Fact]
    public async Task The_timeout_ends_with_the_first_item_and_reaches_no_later_one()
    {
        _options.FirstTokenTimeout = TimeSpan.FromSeconds(1);
        await using OpenedStream<FakeStream, int> opened = await OpenAsync(() => new FakeStream().Give(1));
        // Polly reuses the source of its token: the timeout of a stranger's call must not reach this stream either.
        Task<OpenedStream<FakeStream, int>> stranger = OpenAsync(() => new FakeStream());
        await Should.ThrowAsync<TimeoutRejectedException>(() => AdvanceUntilDone(stranger, TimeSpan.FromSeconds(2)));
        _time.Advance(TimeSpan.FromHours(1));
        opened.Stream.Give(2).End();
        (await ReadAsync(opened)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Without_a_first_item_in_time_the_attempt_is_disposed()
    {
        _options.FirstTokenTimeout = TimeSpan.FromSeconds(1);
        TimeoutRejectedException error = await Should.ThrowAsync<TimeoutRejectedException>(() => AdvanceUntilDone(OpenAsync(() => new FakeStream()), TimeSpan.FromSeconds(2)));
        error.Timeout.ShouldBe(TimeSpan.FromSeconds(1));
        error.Message.ShouldContain("Resilience.FirstTokenTimeout");
        _opened.ShouldHaveSingleItem().IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Overload_is_tried_again_after_the_time_that_it_names()
    {
        var at = new List<TimeSpan>();
        DateTimeOffset start = _time.GetUtcNow();
        OpenedStream<FakeStream, int> opened = await AdvanceUntilDone(
            OpenAsync(() =>
            {
                at.Add(_time.GetUtcNow() - start);
                return at.Count < 3 ? throw new EngineOverloadedException("full", TimeSpan.FromSeconds(1)) : new FakeStream().Give(1).End();
            }),
            TimeSpan.FromMilliseconds(10));
        (await ReadAsync(opened)).ShouldBe([1]);
        at.Count.ShouldBe(3);
        (at[1] - at[0]).ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5));
        (at[2] - at[1]).ShouldBeInRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.75));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task After_the_last_attempt_the_overload_is_the_callers(int attempts)
    {
        _options.Retry.MaxAttempts = attempts;
        int opens = 0;
        EngineOverloadedException error = await Should.ThrowAsync<EngineOverloadedException>(() => AdvanceUntilDone(
            OpenAsync(() => throw new EngineOverloadedException($"full {++opens}", TimeSpan.FromSeconds(1))), TimeSpan.FromSeconds(1)));
        opens.ShouldBe(attempts + 1);
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Nothing_else_is_tried_again()
    {
        foreach (Exception exception in new Exception[] { new InvalidRequestException("x"), new AdapterNotFoundException("x", []), DeviceFault, new InvalidOperationException() })
        {
            int opens = 0;
            (await Should.ThrowAsync<Exception>(() => OpenAsync(() => ++opens > 0 ? throw exception : new FakeStream()))).ShouldBeSameAs(exception);
            opens.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Nothing_is_tried_again_after_the_first_item()
    {
        await using OpenedStream<FakeStream, int> opened = await OpenAsync(() => new FakeStream().Give(1).End(new EngineOverloadedException("late", TimeSpan.Zero)));
        await Should.ThrowAsync<EngineOverloadedException>(() => ReadAsync(opened));
        _opened.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Cancelling_is_the_callers_own_token_wherever_it_waits()
    {
        using var first = new CancellationTokenSource();
        Task<OpenedStream<FakeStream, int>> waiting = OpenAsync(() => new FakeStream(), first.Token);
        await first.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(() => waiting)).CancellationToken.ShouldBe(first.Token);
        _opened.ShouldHaveSingleItem().IsDisposed.ShouldBeTrue();

        using var second = new CancellationTokenSource();
        Task<OpenedStream<FakeStream, int>> delayed = OpenAsync(() => throw new EngineOverloadedException("full", TimeSpan.FromMinutes(1)), second.Token);
        await second.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(() => delayed)).CancellationToken.ShouldBe(second.Token);
    }

    [Fact]
    public async Task Device_faults_before_the_first_item_open_the_circuit_until_its_break_is_over()
    {
        for (int i = 0; i < 2; i++)
            await Should.ThrowAsync<EngineFaultException>(() => OpenAsync(() => new FakeStream().End(DeviceFault)));
        _opened.Clear();
        BrokenCircuitException open = await Should.ThrowAsync<BrokenCircuitException>(() => OpenAsync(() => new FakeStream().Give(1).End()));
        open.RetryAfter.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), _options.CircuitBreaker.BreakDuration);
        _opened.ShouldBeEmpty();
        _time.Advance(_options.CircuitBreaker.BreakDuration);
        (await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End()))).ShouldBe([1]);
    }

    [Fact]
    public async Task Faults_of_single_requests_overload_and_cancellation_leave_it_closed()
    {
        _options.Retry.MaxAttempts = 0;
        for (int i = 0; i < 8; i++)
        {
            await Should.ThrowAsync<EngineFaultException>(() => OpenAsync(() => new FakeStream().End(new EngineFaultException("not finite"))));
            await Should.ThrowAsync<EngineOverloadedException>(() => OpenAsync(() => throw new EngineOverloadedException("full", TimeSpan.Zero)));
            await Should.ThrowAsync<OperationCanceledException>(() => OpenAsync(() => new FakeStream(), new CancellationToken(true)));
        }

        (await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End()))).ShouldBe([1]);
    }

    [Fact]
    public async Task A_device_fault_in_mid_stream_opens_the_circuit_at_once_and_says_until_when()
    {
        OpenedStream<FakeStream, int> opened = await OpenAsync(() => new FakeStream().Give(1).End(DeviceFault));
        await Should.ThrowAsync<EngineFaultException>(() => ReadAsync(opened));
        BrokenCircuitException open = await Should.ThrowAsync<BrokenCircuitException>(() => OpenAsync(() => new FakeStream().Give(1).End()));
        open.RetryAfter.ShouldBe(_options.CircuitBreaker.BreakDuration);
        _time.Advance(_options.CircuitBreaker.BreakDuration / 2);
        open = await Should.ThrowAsync<BrokenCircuitException>(() => OpenAsync(() => new FakeStream().Give(1).End()));
        open.RetryAfter.ShouldBe(_options.CircuitBreaker.BreakDuration / 2);
        _time.Advance(_options.CircuitBreaker.BreakDuration / 2);
        (await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End()))).ShouldBe([1]);
    }

    [Fact]
    public async Task A_second_fault_while_it_is_open_prolongs_the_break()
    {
        OpenedStream<FakeStream, int> one = await OpenAsync(() => new FakeStream().Give(1)), other = await OpenAsync(() => new FakeStream().Give(1));
        one.Stream.End(DeviceFault);
        await Should.ThrowAsync<EngineFaultException>(() => ReadAsync(one));
        _time.Advance(_options.CircuitBreaker.BreakDuration / 2);
        other.Stream.End(DeviceFault);
        await Should.ThrowAsync<EngineFaultException>(() => ReadAsync(other));
        _time.Advance(_options.CircuitBreaker.BreakDuration * 0.75);
        await Should.ThrowAsync<BrokenCircuitException>(() => OpenAsync(() => new FakeStream().Give(1).End()));
        _time.Advance(_options.CircuitBreaker.BreakDuration);
        (await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End()))).ShouldBe([1]);
    }

    [Fact]
    public async Task A_fault_of_one_request_in_mid_stream_opens_nothing()
    {
        OpenedStream<FakeStream, int> opened = await OpenAsync(() => new FakeStream().Give(1).End(new EngineFaultException("not finite")));
        await Should.ThrowAsync<EngineFaultException>(() => ReadAsync(opened));
        (await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End()))).ShouldBe([1]);
    }

    [Fact]
    public async Task Without_a_circuit_breaker_nothing_opens()
    {
        _options.CircuitBreaker.Enabled = false;
        for (int i = 0; i < 4; i++)
            await Should.ThrowAsync<EngineFaultException>(async () => await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End(DeviceFault))));
        (await ReadAsync(await OpenAsync(() => new FakeStream().Give(1).End()))).ShouldBe([1]);
    }
}
