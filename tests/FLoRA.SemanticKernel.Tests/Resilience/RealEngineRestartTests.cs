using FLoRA.Inference;
using FLoRA.Inference.Execution;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Real engines of text and speech whose device is lost in the midst of their work, and that are loaded anew.</summary>
public class RealEngineRestartTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Completes when the engine serves again; call it before the engine is lost.</summary>
    private static Task Restart(EngineHost host)
    {
        var restarted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Restarted += restarted.SetResult;
        return restarted.Task.WaitAsync(Cancel);
    }

    [Fact]
    public async Task A_text_engine_gives_the_golden_text_again_and_has_nothing_of_the_lost_one_left()
    {
        var device = new LosableDevice();
        using var tinycoder = new Tinycoder(services => services.AddSingleton<IModelLoader>(device), options => options.Restart.FailedSteps = 1);
        GoldenCompletion golden = Tinycoder.Of(Tinycoder.Lua);
        var endless = new ChatOptions { AdditionalProperties = new() { [FloraKeys.AdapterId] = golden.Adapter, ["ignore_eos"] = true } };
        Engine lost = tinycoder.Engine;
        Task restart = Restart(tinycoder.Client.Pipeline.Runtime.Host);
        device.LoseAfter(5);
        await using IAsyncEnumerator<ChatResponseUpdate> running = ((IChatClient)tinycoder.Client).GetStreamingResponseAsync(golden.Prompt, endless, Cancel).GetAsyncEnumerator(Cancel);
        (await running.MoveNextAsync()).ShouldBeTrue();
        EngineFaultException fault = await Should.ThrowAsync<EngineFaultException>(async () =>
        {
            while (await running.MoveNextAsync())
            {
            }
        });
        fault.Message.ShouldContain("the device is lost");
        await restart;

        string[] texts = await Task.WhenAll(Tinycoder.Golden.Select(async one => (await tinycoder.Kernel.InvokeAsync(TinycoderFixture.Function(one), cancellationToken: Cancel)).GetValue<string>()!));
        texts.ShouldBe(Tinycoder.Golden.Select(one => one.Text));
        lost.LiveTensorsAfterDispose.ShouldBe(0);
        tinycoder.Engine.ShouldNotBeSameAs(lost);
        tinycoder.Engine.Adapters.Select(a => a.Name).ShouldBe(lost.Adapters.Select(a => a.Name));
        EngineOccupancy left = await tinycoder.Engine.ReadOccupancyAsync();
        left.ShouldBe(new EngineOccupancy(0, 0, left.TotalBlocks, left.TotalBlocks, 0, 0, 0));
        device.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task A_speech_engine_hears_the_same_again()
    {
        var device = new LosableDevice();
        using var model = new Tinywhisper(options => options.Restart.FailedSteps = 1, services => services.AddSingleton<IModelLoader>(device));
        GoldenRecording golden = Tinywhisper.Golden.First(one => one.Adapter is not null);
        (await HearAsync(model, golden)).ShouldBe(golden.Text);
        Task restart = Restart(model.Services.GetRequiredService<FloraSpeechToTextClient>().Pipeline.Runtime.Host);
        device.LoseAfter(0);
        await Should.ThrowAsync<EngineFaultException>(() => HearAsync(model, golden));
        await restart;
        (await HearAsync(model, golden)).ShouldBe(golden.Text);
        await model.ShouldBeFreeAsync();
    }

    private static async Task<string> HearAsync(Tinywhisper model, GoldenRecording golden) =>
        (await model.Client.GetTextAsync(new MemoryStream(golden.Bytes), Tinywhisper.Options(golden), Cancel)).Text;
}
