using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What the services log of calls, without any stage around them.</summary>
public class CallLogTests
{
    private const string Prompt = "secret words";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static (EchoKernel Flora, RecordingLoggerProvider Log) Build(LogLevel least)
    {
        var log = new RecordingLoggerProvider();
        return (new EchoKernel(before: services => services.AddLogging(logging => logging.SetMinimumLevel(least).AddProvider(log))), log);
    }

    [Theory]
    [InlineData(LogLevel.Debug)]
    [InlineData(LogLevel.Trace)]
    public async Task A_call_is_told_at_Debug_and_its_words_at_Trace_alone(LogLevel level)
    {
        (EchoKernel flora, RecordingLoggerProvider log) = Build(level);
        using (flora)
        {
            await flora.Client.GetResponseAsync(Prompt, new ChatOptions { AdditionalProperties = new() { [FloraKeys.AdapterId] = "lua-flora-r4" } }, Cancel);
            log.At(LogLevel.Debug).ShouldContain(m => m.StartsWith("Request 1 to tinycoder with adapter lua-flora-r4: "));
            log.At(LogLevel.Debug).ShouldContain(m => m.StartsWith("Request 1 ended by Stop with "));
            log.At(LogLevel.Debug).ShouldAllBe(m => !m.Contains("secret"));
            log.Messages.Count(m => m.Contains(Prompt)).ShouldBe(level == LogLevel.Trace ? 2 : 0); // the prompt, and the answer, which repeats it
        }
    }

    [Fact]
    public async Task A_refused_call_is_told_at_Debug_and_a_fault_of_the_engine_is_a_warning()
    {
        (EchoKernel flora, RecordingLoggerProvider log) = Build(LogLevel.Debug);
        using (flora)
        {
            await Should.ThrowAsync<AdapterNotFoundException>(() => flora.Client.GetResponseAsync(Prompt, new ChatOptions { AdditionalProperties = new() { [FloraKeys.AdapterId] = "cobol" } }, Cancel));
            log.At(LogLevel.Debug).ShouldContain(m => m.Contains("ended by AdapterNotFoundException"));
            log.At(LogLevel.Warning).ShouldBeEmpty();
            flora.Loader.Engine.FirstTokenFaults.Enqueue(new EngineFaultException("bad logits"));
            await Should.ThrowAsync<EngineFaultException>(() => flora.Client.GetResponseAsync(Prompt, cancellationToken: Cancel));
            log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldBe("The engine failed on a call to tinycoder");
        }
    }

    [Fact]
    public async Task A_recording_is_told_at_Debug_and_what_was_said_at_Trace_alone()
    {
        var log = new RecordingLoggerProvider();
        GoldenRecording golden = Tinywhisper.Of("en");
        using var model = new Tinywhisper(null, services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)));
        await model.Client.GetTextAsync(new MemoryStream(golden.Bytes), Tinywhisper.Options(golden), Cancel);
        log.At(LogLevel.Debug).ShouldContain(m => m.StartsWith("A recording of ") && m.Contains("for tinywhisper with adapter"));
        log.At(LogLevel.Debug).ShouldAllBe(m => !m.Contains(golden.Text));
        log.Messages.ShouldContain(m => m.Contains(golden.Text));
    }

    [Fact]
    public async Task A_client_without_a_container_logs_where_it_is_told_to()
    {
        var log = new RecordingLoggerProvider();
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        using var client = new FloraChatClient(new FloraOptions { Model = TestModel.Folder, KvTokens = 512 }, loggers);
        await client.GetResponseAsync("x", new ChatOptions { MaxOutputTokens = 1 }, Cancel);
        log.Messages.ShouldContain(m => m.StartsWith("Model tinycoder is loaded on cpu with 0 adapters"));
        log.Messages.ShouldContain(m => m.StartsWith("Request 1 ended by"));
    }
}
