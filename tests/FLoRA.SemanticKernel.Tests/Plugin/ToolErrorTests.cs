using System.Diagnostics;
using FLoRA.Inference;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Whatever goes wrong comes back as a text that a model can act on; only the caller's own cancellation throws.</summary>
public sealed class ToolErrorTests : IDisposable
{
    private readonly PluginKernel _kernel = new();

    public static TheoryData<Exception, string> Errors => new()
    {
        { new EngineOverloadedException("full", TimeSpan.FromSeconds(1.2)), "the engine is busy; try again in 2 seconds." },
        { new EngineOverloadedException("full", TimeSpan.Zero), "the engine is busy; try again in 1 second." },
        { new BrokenCircuitException("open", TimeSpan.FromSeconds(30)), "the engine rests after faults; try again in 30 seconds." },
        { new BrokenCircuitException("open"), "the engine rests after faults; try again later." },
        { new IsolatedCircuitException(), "the engine rests after faults; try again later." },
        { new TimeoutRejectedException(TimeSpan.FromSeconds(20)), "no answer came within 20 seconds; try again, with less text." },
        { new TimeoutRejectedException("late"), "no answer came in time; try again, with less text." },
        { new EngineStoppingException("bye"), "the engine is shutting down: this tool is not available; calling it again does not help." },
        { new ObjectDisposedException("Engine"), "the engine is shutting down: this tool is not available; calling it again does not help." },
        { new EngineFaultException("no memory") { IsDeviceFault = true }, "the engine failed: no memory. Try again once; if it fails again, go on without this tool." },
        { new EngineFaultException("Logits are not finite."), "the engine failed on this request: Logits are not finite. Change the text or the adapter." },
        { new AdapterNotFoundException("cobol", ["b", "a"], "complete_code"), "adapter 'cobol' does not exist. Adapters: a, b. Call list_adapters for what they do." },
        { new AdapterNotFoundException("cobol", []), "adapter 'cobol' does not exist. Adapters: none. Call list_adapters for what they do." },
        { new InvalidRequestException("Temperature is -1."), "Temperature is -1." },
        { new NotSupportedException("No templates"), "this is not supported: No templates." },
        { new ModelLoadException("m", "no weights"), "this tool is not available; calling it again does not help: Model 'm' cannot be loaded: no weights." },
        { new AdapterLoadException("a", ["no rank"]), "this tool is not available; calling it again does not help: Adapter 'a' cannot be loaded: no rank." },
        { new NativeRuntimeException("no libtorch"), "this tool is not available; calling it again does not help: no libtorch." },
        { new OperationCanceledException(), "the engine cancelled the call; try again." },
        { new IOException("disk"), "disk." },
    };

    public void Dispose() => _kernel.Dispose();

    [Theory]
    [MemberData(nameof(Errors), DisableDiscoveryEnumeration = true)]
    public async Task Every_exception_has_its_text(Exception exception, string text)
    {
        _kernel.Echo.Loader.Failure = exception;
        (await _kernel.CompleteAsync("rust")).ShouldBe($"Error: {text}");
        (await _kernel.CompleteAsync("rust")).ShouldBe("rust-m|x");
    }

    [Fact]
    public async Task An_engine_that_is_still_busy_after_the_retries_is_a_text()
    {
        using var kernel = new PluginKernel(options => options.Resilience.Pipeline = ResiliencePipeline.Empty);
        await kernel.CompleteAsync("rust");
        kernel.Echo.Loader.Engine.Refusals.Enqueue(new EngineOverloadedException("full", TimeSpan.FromSeconds(5)));
        (await kernel.CompleteAsync("rust")).ShouldBe("Error: the engine is busy; try again in 5 seconds.");
        (await kernel.CompleteAsync("rust")).ShouldBe("rust-m|x");
    }

    [Fact]
    public async Task A_device_fault_is_a_text_and_so_is_the_rest_after_it()
    {
        using var kernel = new PluginKernel(options => options.Resilience.CircuitBreaker.FailureRatio = 0.1);
        await kernel.CompleteAsync("rust");
        kernel.Echo.Loader.Engine.FirstTokenFaults.Enqueue(new EngineFaultException("lost") { IsDeviceFault = true });
        (await kernel.CompleteAsync("rust")).ShouldStartWith("Error: the engine failed: lost. Try again once;");
        (await kernel.CompleteAsync("rust")).ShouldStartWith("Error: the engine rests after faults; try again in 1"); // 15 seconds, or what is left of them
    }

    [Fact]
    public async Task The_exception_itself_is_on_the_span_of_the_call()
    {
        _kernel.Echo.Loader.Failure = new IOException("disk");
        using Activity span = new Activity("execute_tool").Start();
        await _kernel.Plugin.ListAdaptersAsync(cancellationToken: TestContext.Current.CancellationToken);
        span.Events.ShouldHaveSingleItem().Tags.ShouldContain(tag => tag.Key == "exception.message" && Equals(tag.Value, "disk"));
    }

    [Fact]
    public async Task The_callers_cancellation_throws_and_ends_the_request()
    {
        await _kernel.CompleteAsync("rust");
        EchoEngine engine = _kernel.Echo.Loader.Engine;
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<string> call = _kernel.Plugin.CompleteCodeAsync("rust", EchoEngine.Hang, cancellationToken: source.Token);
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        engine.Cancelled.ShouldBe(engine.Requests.Count - 1);
        await Should.ThrowAsync<OperationCanceledException>(() => _kernel.Plugin.ListAdaptersAsync(cancellationToken: source.Token));
    }

    [Fact]
    public async Task A_disposed_engine_is_a_text()
    {
        await _kernel.CompleteAsync("rust");
        _kernel.Echo.Dispose();
        (await _kernel.CompleteAsync("rust")).ShouldStartWith("Error: the engine is shutting down");
    }

    [Fact]
    public void A_plugin_without_a_client_is_refused() => Should.Throw<ArgumentNullException>(() => new FloraPlugin(null!));
}
