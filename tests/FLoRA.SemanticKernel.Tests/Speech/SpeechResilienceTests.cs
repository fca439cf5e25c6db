using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Overload and faults as with text, and what a long recording adds to them.</summary>
public class SpeechResilienceTests
{
    private static readonly GoldenRecording Golden = Tinywhisper.Of("en");
    private static readonly byte[] Long = Tinywhisper.Join(Tinywhisper.Golden.Where(golden => golden.Language == "en"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static SpeechToTextOptions Greedy => new() { SpeechLanguage = "en", AdditionalProperties = new() { ["temperature"] = 0 } };

    private static async Task<string> HearAsync(Tinywhisper model, byte[]? audio = null) => (await model.Client.GetTextAsync(new MemoryStream(audio ?? Golden.Bytes), Greedy, Cancel)).Text;

    private static EngineOverloadedException Full => new("full", TimeSpan.Zero);

    [Fact]
    public async Task A_refusal_at_the_first_window_is_tried_again_and_without_retries_is_told()
    {
        var door = new FaultyEngine();
        using var model = new Tinywhisper(o => (o.Resilience.Retry.MaxAttempts, o.Resilience.Retry.MaxDelay) = (1, TimeSpan.Zero), services => services.AddSingleton<IModelLoader>(door));
        door.Faults[1] = Full;
        (await HearAsync(model)).ShouldBe(Golden.Text);
        door.Submitted.ShouldBe(2);
        (door.Faults[3], door.Faults[4]) = (Full, Full);
        (await Should.ThrowAsync<EngineOverloadedException>(() => HearAsync(model))).RetryAfter.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_recording_that_has_begun_waits_for_room_instead_of_being_given_up()
    {
        var door = new FaultyEngine();
        using var model = new Tinywhisper(o => o.Resilience.Retry.MaxAttempts = 0, services => services.AddSingleton<IModelLoader>(door));
        string undisturbed = await HearAsync(model, Long);
        int windows = door.Submitted;
        windows.ShouldBeGreaterThan(3);
        for (int request = windows + 2; request <= windows + 4; request++)
            door.Faults[request] = Full;
        (await HearAsync(model, Long)).ShouldBe(undisturbed);
        door.Submitted.ShouldBe((2 * windows) + 3);
    }

    [Fact]
    public async Task A_fault_of_the_device_in_a_later_window_opens_the_circuit_until_the_break_is_over()
    {
        var time = new FakeTimeProvider();
        var door = new FaultyEngine();
        using var model = new Tinywhisper(null, services => services.AddSingleton<IModelLoader>(door).AddSingleton<TimeProvider>(time));
        door.Faults[3] = new EngineFaultException("the device is lost") { IsDeviceFault = true };
        (await Should.ThrowAsync<EngineFaultException>(() => HearAsync(model, Long))).IsDeviceFault.ShouldBeTrue();
        (await Should.ThrowAsync<BrokenCircuitException>(() => HearAsync(model))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(15));
        door.Submitted.ShouldBe(3);
        time.Advance(TimeSpan.FromSeconds(15));
        (await HearAsync(model)).ShouldBe(Golden.Text);
    }

    [Fact]
    public async Task A_window_that_comes_after_the_loss_of_the_device_ends_the_recording_and_says_when_to_come_back()
    {
        var door = new FaultyEngine();
        using var model = new Tinywhisper(null, services => services.AddSingleton<IModelLoader>(door));
        door.Faults[3] = new EngineUnavailableException("lost");
        (await Should.ThrowAsync<EngineUnavailableException>(() => HearAsync(model, Long))).RetryAfter.ShouldNotBeNull();
        (await HearAsync(model)).ShouldBe(Golden.Text);
    }

    [Fact]
    public async Task With_retries_a_crowd_does_not_see_a_small_queue()
    {
        using var model = new Tinywhisper(o =>
        {
            o.MaxSequences = 2;
            o.Queue.MaxRequests = 1;
            o.Resilience.Retry.MaxAttempts = 1000;
            o.Resilience.Retry.MaxDelay = TimeSpan.FromMilliseconds(5);
        });
        string[] texts = await Task.WhenAll(Tinywhisper.Golden.Take(24).Select(async golden =>
            (await model.Client.GetTextAsync(new MemoryStream(golden.Bytes), Tinywhisper.Options(golden), Cancel)).Text));
        texts.ShouldBe(Tinywhisper.Golden.Take(24).Select(golden => golden.Text));
        await model.ShouldBeFreeAsync();
    }
}
