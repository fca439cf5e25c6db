using FLoRA.Inference;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The engines of a container. Services with the same model and the same engine settings share one engine, with the adapters of all of
/// them; a service of other settings has an engine of its own. All engines of one device share its thread, so that text and speech do not fight for the machine.
/// </summary>
/// <param name="registrations">What <c>AddFlora</c> and <c>AddFloraSpeech</c> registered.</param>
/// <param name="services">Has their options.</param>
/// <param name="loader">Loads engines.</param>
/// <param name="time">Clock; null: the system's.</param>
/// <param name="loggers">Where the engines' life is logged; null: nowhere.</param>
internal sealed partial class EngineHosts(
    IEnumerable<EngineRegistration> registrations, IServiceProvider services, IModelLoader loader, TimeProvider? time = null, ILoggerFactory? loggers = null) : IDisposable
{
    private readonly ILogger _logger = loggers?.CreateLogger<EngineHosts>() ?? (ILogger)NullLogger.Instance;
    private readonly EngineThreads _threads = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<EngineKey, EngineHost> _hosts = [];
    private bool _stopping, _disposed;

    /// <summary>Clock of the services.</summary>
    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    /// <summary>The engine of a service; the same for all services of one <see cref="EngineKey"/>.</summary>
    /// <param name="service">The service.</param>
    /// <param name="own">Its options.</param>
    /// <exception cref="OptionsValidationException">The options contradict those of a service that shares the engine.</exception>
    internal EngineHost For(EngineRegistration service, FloraEngineOptions own)
    {
        EngineKey key = EngineKey.Of(own);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_hosts.TryGetValue(key, out EngineHost? host))
                return host;
            EngineOptions plan = EnginePlan.Merge([(service.Key, own), .. OthersOf(service, key)]) with { SharedThreads = _threads };
            host = new EngineHost(plan, loader, own.Restart, Time, loggers?.CreateLogger<EngineHost>());
            if (_stopping)
                _ = host.Calls.Stop();
            _hosts.Add(key, host);
            return host;
        }
    }

    /// <summary>Stops all engines; see <see cref="EngineHost.StopAsync"/>.</summary>
    /// <returns>Calls that were cut off.</returns>
    internal async Task<int> StopAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        EngineHost[] hosts;
        lock (_lock)
        {
            _stopping = true;
            hosts = [.. _hosts.Values];
        }

        return (await Task.WhenAll(hosts.Select(host => host.StopAsync(deadline, cancellationToken))).ConfigureAwait(false)).Sum();
    }

    public void Dispose()
    {
        EngineHost[] hosts;
        lock (_lock)
        {
            _disposed = true;
            hosts = [.. _hosts.Values];
        }

        foreach (EngineHost host in hosts)
            host.Dispose();
    }

    private IEnumerable<(string Service, FloraEngineOptions Options)> OthersOf(EngineRegistration service, EngineKey key)
    {
        foreach (EngineRegistration registration in registrations.Where(r => r != service))
        {
            FloraEngineOptions read;
            try
            {
                read = registration.ReadOptions(services);
            }
            catch (Exception e)
            {
                LogUnreadable(registration.Key, e); // whatever its configuration throws harms nobody else; its own calls throw it again
                continue;
            }

            if (EngineKey.Of(read) == key)
                yield return (registration.Key, read);
        }
    }

    [LoggerMessage(EventId = 17, Level = LogLevel.Warning, Message = "The options of service '{Service}' cannot be read; its adapters are not among those of the engine that is loaded now")]
    private partial void LogUnreadable(string service, Exception exception);
}
