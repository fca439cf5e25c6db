using FLoRA.SemanticKernel;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a local model with adapters.</summary>
public static class FloraServiceCollectionExtensions
{
    /// <summary>
    /// Adds one engine, <see cref="FloraChatClient"/> as <c>IChatClient</c>, and Semantic Kernel's <c>IChatCompletionService</c> and
    /// <c>ITextGenerationService</c> over it. The container owns the engine. It is loaded by the first call; with a host, wrong
    /// options stop the start.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; see <see cref="FloraOptions"/>.</param>
    /// <param name="serviceId">
    /// Key of the services. They are also registered without a key wherever nothing is yet; what is registered without a key
    /// stays. A second call with the same id adds to the options of the first, so a section and code combine.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddFlora(this IServiceCollection services, Action<FloraOptions> configure, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        FloraRegistrar.Add(services, serviceId, options => options.Configure(configure));
        return services;
    }

    /// <summary>The same from a configuration section, usually "Flora"; an unknown key is an error that names it.</summary>
    /// <inheritdoc cref="AddFlora(IServiceCollection, Action{FloraOptions}, string?)"/>
    /// <param name="services">The services.</param>
    /// <param name="section">Holds the names of <see cref="FloraOptions"/>.</param>
    /// <param name="serviceId">Key of the services.</param>
    public static IServiceCollection AddFlora(this IServiceCollection services, IConfiguration section, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        FloraRegistrar.Add(services, section, serviceId);
        return services;
    }
}
