using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Inference.Tests.Speech.Transcription.Batched;

/// <summary>A full queue holds a recording up that has begun; one that has not is refused.</summary>
public sealed class PatientDecoderTests
{
    private static readonly WindowRequest Request = new() { Features = new WindowFeatures(new float[300], 1, 300), PromptTokens = [601], MaxNewTokens = 4 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refused_request_is_made_again_when_another_one_has_ended()
    {
        HeldDecoder held = new() { Refuse = index => index == 1 ? Full() : null };
        PatientDecoder decoder = new(held);
        Task<DecodedWindow> first = decoder.DecodeAsync(Request, Cancellation), second = decoder.DecodeAsync(Request, Cancellation);
        Assert.Equal((2, false), (held.Requests.Count, second.IsCompleted));

        held.Requests[0].Say("one");
        await first;
        await held.AskedAsync(3);
        held.Requests[2].Say("two");

        Assert.NotEmpty((await second).Tokens);
    }

    [Fact]
    public async Task A_recording_that_has_begun_comes_again_when_the_engine_says()
    {
        HeldDecoder held = new() { Refuse = index => index is 1 or 2 ? Full() : null };
        PatientDecoder decoder = new(held);
        Task<DecodedWindow> first = decoder.DecodeAsync(Request, Cancellation);
        held.Requests[0].Say("one");
        await first;

        Task<DecodedWindow> second = decoder.DecodeAsync(Request, Cancellation);
        await held.AskedAsync(4);
        held.Requests[3].Say("two");

        Assert.NotEmpty((await second).Tokens);
    }

    [Fact]
    public async Task A_refused_request_without_another_one_in_flight_fails()
    {
        PatientDecoder decoder = new(new HeldDecoder { Refuse = _ => Full() });
        await Assert.ThrowsAsync<EngineOverloadedException>(() => decoder.DecodeAsync(Request, Cancellation));
        await Assert.ThrowsAsync<EngineOverloadedException>(() => decoder.DecodeAsync(Request, Cancellation));
    }

    [Fact]
    public async Task When_the_last_one_in_flight_is_refused_those_that_wait_fail_too()
    {
        HeldDecoder held = new() { Refuse = index => index > 0 ? Full() : null };
        PatientDecoder decoder = new(held);
        Task<DecodedWindow> first = decoder.DecodeAsync(Request, Cancellation), second = decoder.DecodeAsync(Request, Cancellation);

        held.Requests[0].Answer.SetException(new EngineFaultException("broken"));

        await Assert.ThrowsAsync<EngineFaultException>(() => first);
        await Assert.ThrowsAsync<EngineOverloadedException>(() => second);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        using CancellationTokenSource cancel = new();
        PatientDecoder decoder = new(new HeldDecoder { Refuse = index => index == 1 ? Full() : null });
        _ = decoder.DecodeAsync(Request, cancel.Token);
        Task<DecodedWindow> second = decoder.DecodeAsync(Request, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    private static EngineOverloadedException Full() => new("full", TimeSpan.Zero);
}
