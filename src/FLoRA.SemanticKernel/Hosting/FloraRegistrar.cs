using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;
using Polly;
using Polly.Registry;

namespace FLoRA.SemanticKernel;

/// <summary>
/// What <c>AddFlora</c> adds. The engines are owned by one object for the container; a runtime per key has its share of one, and every other
/// registration forwards to it. A second call with the same id adds to the options of the first.
/// </summary>
internal static class FloraRegistrar
{
    internal static void Add(IServiceCollection services, string? serviceId, Action<OptionsBuilder<FloraOptions>> configure)
    {
        string key = serviceId ?? "";
        configure(services.AddOptions<FloraOptions>(key).ValidateOnStart());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FloraOptions>, FloraOptionsValidator>());
        services.TryAddSingleton<IModelLoader, EngineLoader>();
        services.TryAddSingleton<EngineHosts>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, FloraHostedService>());
        if (services.Any(d => d.ServiceType == typeof(FloraRuntime) && Equals(d.ServiceKey, key)))
            return;

        bool yields = services.Any(IsForeignDefault);
        services.AddSingleton(new FloraRegistration(key));
        services.AddKeyedSingleton(key, (provider, _) => new FloraServiceOptions(provider.GetRequiredService<IOptionsMonitor<FloraOptions>>().Get(key).Copy()));
        AddResilience(services, key);
        services.AddKeyedSingleton(key, (provider, _) => CreateRuntime(provider, key, yields));
        AddClient(services, key);
        AddOver(services, key, client => new FloraChatCompletionService(client));
        AddOver(services, key, client => new FloraTextGenerationService(client));
        AddOver(services, key, client => new FloraPlugin(client));
        AddSelector(services);

        if (serviceId is not null)
            AddKeyed(services, serviceId);
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraChatClient>(key));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraPlugin>(key));
        services.TryAddSingleton<IChatClient>(provider => provider.GetRequiredKeyedService<FloraChatClient>(key));
        services.TryAddSingleton<IChatCompletionService>(provider => provider.GetRequiredKeyedService<FloraChatCompletionService>(key));
        services.TryAddSingleton<ITextGenerationService>(provider => provider.GetRequiredKeyedService<FloraTextGenerationService>(key));
    }

    /// <summary>Configuration form of <see cref="Add(IServiceCollection, string?, Action{OptionsBuilder{FloraOptions}})"/>.</summary>
    internal static void Add(IServiceCollection services, IConfiguration section, string? serviceId) =>
        Add(services, serviceId, options => options.Configure(o => FloraOptionsReader.Read(section, o, serviceId ?? "")));

    /// <summary>Whether somebody else's service is registered without a key.</summary>
    private static bool IsForeignDefault(ServiceDescriptor descriptor) =>
        !descriptor.IsKeyedService
        && (descriptor.ServiceType == typeof(IChatClient) || descriptor.ServiceType == typeof(IChatCompletionService) || descriptor.ServiceType == typeof(ITextGenerationService))
        && descriptor.ImplementationFactory?.Method.Module.Assembly != typeof(FloraRegistrar).Assembly;

    /// <summary>Under a name in Polly's registry, which adds its telemetry; a pipeline of that name that is registered before is kept.</summary>
    private static void AddResilience(IServiceCollection services, string key) =>
        services.AddResiliencePipeline(FloraResilience.KeyOf(key), (builder, context) =>
        {
            if (context.ServiceProvider.GetService<TimeProvider>() is { } time)
                builder.TimeProvider = time;
            builder.ConfigureTelemetry(QuietTelemetry.From(context.ServiceProvider));
            FloraResilience.Configure(builder, context.ServiceProvider.GetRequiredKeyedService<FloraServiceOptions>(key).Value.Resilience);
        });

    private static FloraRuntime CreateRuntime(IServiceProvider provider, string key, bool yields)
    {
        FloraOptions options = provider.GetRequiredKeyedService<FloraServiceOptions>(key).Value;
        EngineHosts hosts = provider.GetRequiredService<EngineHosts>();
        ResiliencePipeline pipeline = options.Resilience.Pipeline
            ?? provider.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline(FloraResilience.KeyOf(key));
        return new FloraRuntime(options, hosts.For(key, options), pipeline, hosts.Time) { YieldsByDefault = yields };
    }

    // The client is a service of its own type, so it is given as it is.
    private static void AddClient(IServiceCollection services, string key) => services.AddKeyedSingleton(
        key, (provider, _) => new FloraChatClient(provider.GetRequiredKeyedService<FloraRuntime>(key)));

    private static void AddOver<TService>(IServiceCollection services, string key, Func<FloraChatClient, TService> create)
        where TService : class =>
        services.AddKeyedSingleton(key, (provider, _) => create(provider.GetRequiredKeyedService<FloraChatClient>(key)));

    private static void AddKeyed(IServiceCollection services, string serviceId)
    {
        services.AddKeyedSingleton<IChatClient>(serviceId, (provider, _) => provider.GetRequiredKeyedService<FloraChatClient>(serviceId));
        services.AddKeyedSingleton<IChatCompletionService>(serviceId, (provider, _) => provider.GetRequiredKeyedService<FloraChatCompletionService>(serviceId));
        services.AddKeyedSingleton<ITextGenerationService>(serviceId, (provider, _) => provider.GetRequiredKeyedService<FloraTextGenerationService>(serviceId));
    }

    /// <summary>Decorates the selector that is registered, or the kernel's own.</summary>
    private static void AddSelector(IServiceCollection services)
    {
        if (services.Any(d => d.ServiceType == typeof(FloraServiceSelector)))
            return;
        ServiceDescriptor? previous = services.LastOrDefault(d => d.ServiceType == typeof(IAIServiceSelector) && !d.IsKeyedService);
        ServiceLifetime lifetime = previous?.Lifetime ?? ServiceLifetime.Singleton;
        services.Add(new ServiceDescriptor(
            typeof(FloraServiceSelector),
            provider => new FloraServiceSelector(Create(previous, provider), provider.GetServices<FloraRegistration>()),
            lifetime));
        services.Add(new ServiceDescriptor(typeof(IAIServiceSelector), provider => provider.GetRequiredService<FloraServiceSelector>(), lifetime));
    }

    private static IAIServiceSelector Create(ServiceDescriptor? previous, IServiceProvider provider) => previous switch
    {
        null => new Kernel().ServiceSelector,
        { ImplementationInstance: IAIServiceSelector instance } => instance,
        { ImplementationFactory: { } factory } => (IAIServiceSelector)factory(provider),
        _ => (IAIServiceSelector)ActivatorUtilities.CreateInstance(provider, previous.ImplementationType!),
    };
}
