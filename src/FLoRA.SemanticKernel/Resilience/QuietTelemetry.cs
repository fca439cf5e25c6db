using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.Telemetry;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Polly's telemetry as the container has it, except that what goes well is told at Debug: two lines at Information for every call would
/// drown the log of a program that calls a local model often. Retries stay warnings, an open circuit an error; meters are as they were.
/// </summary>
internal static class QuietTelemetry
{
    internal static TelemetryOptions From(IServiceProvider services)
    {
        var options = new TelemetryOptions(services.GetRequiredService<IOptions<TelemetryOptions>>().Value);
        if (services.GetService<ILoggerFactory>() is { } loggers)
            options.LoggerFactory = loggers;
        options.SeverityProvider ??= static arguments =>
            arguments.Event.Severity == ResilienceEventSeverity.Information ? ResilienceEventSeverity.Debug : arguments.Event.Severity;
        return options;
    }
}
