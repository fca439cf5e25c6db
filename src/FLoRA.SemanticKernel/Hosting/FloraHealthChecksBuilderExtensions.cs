using FLoRA.SemanticKernel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of local models.</summary>
public static class FloraHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the service that <c>AddFlora</c> registered: healthy when it serves, degraded when its queue is nearly full, its circuit breaker is not closed or its engine is
    /// being loaded or restarted, otherwise (device lost, model cannot be loaded) <paramref name="failureStatus"/>.
    /// </summary>
    /// <param name="builder">The checks.</param>
    /// <param name="serviceId">The id given to <c>AddFlora</c>; null: none was.</param>
    /// <param name="failureStatus">Told when the engine is lost; null: unhealthy.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <returns>The builder.</returns>
    public static IHealthChecksBuilder AddFlora(this IHealthChecksBuilder builder, string? serviceId = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return Add(builder, FloraResilience.KeyOf(serviceId ?? ""), new FloraRegistration(serviceId ?? ""), failureStatus, tags);
    }

    /// <summary>The same of a service that <c>AddFloraSpeech</c> registered.</summary>
    /// <inheritdoc cref="AddFlora"/>
    public static IHealthChecksBuilder AddFloraSpeech(this IHealthChecksBuilder builder, string? serviceId = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return Add(builder, FloraResilience.SpeechKeyOf(serviceId ?? ""), new SpeechRegistration(serviceId ?? ""), failureStatus, tags);
    }

    private static IHealthChecksBuilder Add(IHealthChecksBuilder builder, string name, EngineRegistration registration, HealthStatus? failureStatus, IEnumerable<string>? tags) =>
        builder.Add(new HealthCheckRegistration(name, provider => new FloraHealthCheck(registration, provider), failureStatus, tags));
}
