using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Registry;

namespace FLoRA.SemanticKernel;

/// <summary>
/// What text and speech services have in common. The engines are owned by one object for the container; a runtime per key has its share of one. A second
/// call with the same id adds to the options of the first.
/// </summary>
internal static class EngineRegistrar
{
    /// <summary>Adds options, engines and the host's part.</summary>
    /// <param name="services">The services.</param>
    /// <param name="registration">The service.</param>
    /// <param name="pipeline">Its name in Polly's registry.</param>
    /// <param name="configure">Adds to its options.</param>
    /// <param name="copy">Copies them.</param>
    /// <returns>False: the service is there already, and only its options were added to.</returns>
    internal static bool Add<TOptions>(IServiceCollection services, EngineRegistration registration, string pipeline, Action<OptionsBuilder<TOptions>> configure, Func<TOptions, TOptions> copy)
        where TOptions : FloraEngineOptions
    {
        string key = registration.Key;
        configure(services.AddOptions<TOptions>(key).ValidateOnStart());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, EngineOptionsValidator<TOptions>>());
        services.TryAddSingleton<IModelLoader, EngineLoader>();
        services.TryAddSingleton<EngineHosts>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, FloraHostedService>());
        if (services.Any(d => registration.Equals(d.IsKeyedService ? null : d.ImplementationInstance)))
            return false;
        services.AddSingleton(registration);
        services.AddKeyedSingleton(key, (provider, _) => new FloraServiceOptions<TOptions>(copy(provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(key))));
        AddResilience<TOptions>(services, key, pipeline);
        return true;
    }

    /// <summary>The options of a service as it runs with them.</summary>
    internal static TOptions OptionsOf<TOptions>(IServiceProvider provider, string key)
        where TOptions : FloraEngineOptions => provider.GetRequiredKeyedService<FloraServiceOptions<TOptions>>(key).Value;

    /// <summary>The pipeline of a service: the options' own, else the registry's.</summary>
    internal static ResiliencePipeline PipelineOf(IServiceProvider provider, FloraResilienceOptions options, string pipeline) =>
        options.Pipeline ?? provider.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline(pipeline);

    /// <summary>Under a name in Polly's registry, which adds its telemetry; a pipeline of that name that is registered before is kept.</summary>
    private static void AddResilience<TOptions>(IServiceCollection services, string key, string pipeline)
        where TOptions : FloraEngineOptions =>
        services.AddResiliencePipeline(pipeline, (builder, context) =>
        {
            if (context.ServiceProvider.GetService<TimeProvider>() is { } time)
                builder.TimeProvider = time;
            builder.ConfigureTelemetry(QuietTelemetry.From(context.ServiceProvider));
            FloraResilience.Configure(builder, OptionsOf<TOptions>(context.ServiceProvider, key).Resilience);
        });
}
