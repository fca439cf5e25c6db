using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The engines of a container. Services with the same model and the same engine settings share one engine, with the adapters of all of
/// them; a service of other settings has an engine of its own.
/// </summary>
/// <param name="registrations">What <c>AddFlora</c> registered.</param>
/// <param name="options">Their options.</param>
/// <param name="loader">Loads engines.</param>
/// <param name="time">Clock; null: the system's.</param>
internal sealed class EngineHosts(
    IEnumerable<FloraRegistration> registrations, IOptionsMonitor<FloraOptions> options, IModelLoader loader, TimeProvider? time = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EngineKey, EngineHost> _hosts = [];
    private bool _stopping, _disposed;

    /// <summary>Clock of the services.</summary>
    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    /// <summary>The engine of a service; the same for all services of one <see cref="EngineKey"/>.</summary>
    /// <param name="service">Key of the service.</param>
    /// <param name="own">Its options.</param>
    /// <exception cref="OptionsValidationException">The options contradict those of a service that shares the engine.</exception>
    internal EngineHost For(string service, FloraOptions own)
    {
        EngineKey key = EngineKey.Of(own);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_hosts.TryGetValue(key, out EngineHost? host))
                return host;
            host = new EngineHost(EnginePlan.Merge([(service, own), .. OthersOf(service, key)]), loader, Time);
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

    private IEnumerable<(string Service, FloraOptions Options)> OthersOf(string service, EngineKey key)
    {
        foreach (FloraRegistration registration in registrations.Where(r => r.Key != service))
        {
            FloraOptions read;
            try
            {
                read = options.Get(registration.Key);
            }
            catch (Exception)
            {
                continue; // whatever its configuration throws harms nobody else; its own calls throw it again
            }

            if (EngineKey.Of(read) == key)
                yield return (registration.Key, read);
        }
    }
}
