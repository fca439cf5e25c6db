using FLoRA.SemanticKernel;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a local model with adapters.</summary>
public static class FloraServiceCollectionExtensions
{
    /// <summary>
    /// Adds a local model: <see cref="FloraChatClient"/> as <c>IChatClient</c>, Semantic Kernel's <c>IChatCompletionService</c> and
    /// <c>ITextGenerationService</c> over it, and <see cref="FloraPlugin"/>. The container owns the engine; several ids with the same model and
    /// engine settings share one. With a host the engine is loaded and warm before the host has started, and wrong options or folders stop
    /// the start; without one the first call loads it.
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

    /// <summary>
    /// Adds a local speech model (Whisper): <c>FloraSpeechToTextClient</c> as <c>ISpeechToTextClient</c>, and Semantic Kernel's <c>IAudioToTextService</c> over it. Everything
    /// else is as with <see cref="AddFlora(IServiceCollection, Action{FloraOptions}, string?)"/>; text and speech models of one container share the machine's threads.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; see <see cref="FloraSpeechOptions"/>.</param>
    /// <param name="serviceId">
    /// Key of the services. They are also registered without a key wherever nothing is yet. A second call with the same id adds to the options of the first.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddFloraSpeech(this IServiceCollection services, Action<FloraSpeechOptions> configure, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        SpeechRegistrar.Add(services, serviceId, options => options.Configure(configure));
        return services;
    }

    /// <summary>The same from a configuration section, usually "FloraSpeech"; an unknown key is an error that names it.</summary>
    /// <inheritdoc cref="AddFloraSpeech(IServiceCollection, Action{FloraSpeechOptions}, string?)"/>
    /// <param name="services">The services.</param>
    /// <param name="section">Holds the names of <see cref="FloraSpeechOptions"/>.</param>
    /// <param name="serviceId">Key of the services.</param>
    public static IServiceCollection AddFloraSpeech(this IServiceCollection services, IConfiguration section, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        SpeechRegistrar.Add(services, section, serviceId);
        return services;
    }
}
