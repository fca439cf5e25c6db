using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FLoRA.SemanticKernel;

/// <summary>
/// With a host: loads and warms up before the host has started, and when it stops lets the calls that run come to their end, until a
/// deadline. What was registered after <c>AddFlora</c> or <c>AddFloraSpeech</c>, such as a web server, starts after it and stops before it.
/// </summary>
internal sealed partial class FloraHostedService(
    IServiceProvider services, IEnumerable<EngineRegistration> registrations, EngineHosts hosts, ILogger<FloraHostedService>? logger = null) : IHostedService
{
    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;

    /// <exception cref="Inference.ModelLoadException">A model cannot be loaded; the host does not start.</exception>
    /// <exception cref="Inference.AdapterLoadException">An adapter cannot be loaded; the host does not start.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(registrations.Select(r => WarmUpAsync(r, cancellationToken)));

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        TimeSpan deadline = registrations.Select(r => r.OptionsOf(services).DrainTimeout).Append(TimeSpan.Zero).Max();
        int left = await hosts.StopAsync(deadline, cancellationToken).ConfigureAwait(false);
        if (left > 0)
            LogCutOff(left, deadline);
    }

    private async Task WarmUpAsync(EngineRegistration registration, CancellationToken cancellationToken)
    {
        if (!registration.OptionsOf(services).WarmUp)
            return;
        EngineRuntime runtime = registration.RuntimeOf(services);
        long started = runtime.Time.GetTimestamp();
        int adapters = await runtime.WarmUpAsync(cancellationToken).ConfigureAwait(false);
        LogReady(runtime.ModelId, adapters, runtime.Time.GetElapsedTime(started).TotalSeconds);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Model {Model} is ready with {Adapters} adapters, after {Seconds:F1} s")]
    private partial void LogReady(string model, int adapters, double seconds);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Calls} calls still ran after {DrainTimeout} and were cut off")]
    private partial void LogCutOff(int calls, TimeSpan drainTimeout);
}
