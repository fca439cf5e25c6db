using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;
using Polly;

namespace FLoRA.SemanticKernel;

/// <summary>
/// What <c>AddFlora</c> adds: a runtime per key, and every other registration forwards to it.
/// </summary>
#pragma warning disable MEAI001 // The speech client is experimental.
internal static class FloraRegistrar
{
    internal static void Add(IServiceCollection services, string? serviceId, Action<OptionsBuilder<FloraOptions>> configure)
    {
        string key = serviceId ?? "";
        var registration = new FloraRegistration(key);
        bool yields = services.Any(IsForeignDefault);
        if (!EngineRegistrar.Add(services, registration, FloraResilience.KeyOf(key), configure, options => options.Copy()))
            return;
        services.AddSingleton(registration);
        services.AddKeyedSingleton(key, (provider, _) => CreateRuntime(provider, registration, yields));
        AddClient(services, key);
        AddOver(services, key, client => new FloraChatCompletionService(client));
        AddOver(services, key, client => new FloraTextGenerationService(client));
        AddPlugin(services, key);
        AddSelector(services);
        services.AddKeyedSingleton(key, (provider, _) => provider.GetRequiredKeyedService<FloraChatClient>(key).Adapters);

        if (serviceId is not null)
            AddKeyed(services, serviceId);
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraChatClient>(key));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraPlugin>(key));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraAdapters>(key));
        services.TryAddSingleton<IChatClient>(provider => provider.GetRequiredKeyedService<FloraChatClient>(key));
        services.TryAddSingleton<IChatCompletionService>(provider => provider.GetRequiredKeyedService<FloraChatCompletionService>(key));
        services.TryAddSingleton<ITextGenerationService>(provider => provider.GetRequiredKeyedService<FloraTextGenerationService>(key));
    }

    /// <summary>Configuration form of <see cref="Add(IServiceCollection, string?, Action{OptionsBuilder{FloraOptions}})"/>.</summary>
    internal static void Add(IServiceCollection services, IConfiguration section, string? serviceId) =>
        Add(services, serviceId, options => options.Configure(o => SectionReaders.Text.Read(section, o, serviceId ?? "")));

    /// <summary>Whether somebody else's service is registered without a key.</summary>
    private static bool IsForeignDefault(ServiceDescriptor descriptor) =>
        !descriptor.IsKeyedService
        && (descriptor.ServiceType == typeof(IChatClient) || descriptor.ServiceType == typeof(IChatCompletionService) || descriptor.ServiceType == typeof(ITextGenerationService))
        && descriptor.ImplementationFactory?.Method.Module.Assembly != typeof(FloraRegistrar).Assembly;

    private static FloraRuntime CreateRuntime(IServiceProvider provider, FloraRegistration registration, bool yields)
    {
        FloraOptions options = EngineRegistrar.OptionsOf<FloraOptions>(provider, registration.Key);
        EngineHosts hosts = provider.GetRequiredService<EngineHosts>();
        ResiliencePipeline pipeline = EngineRegistrar.PipelineOf(provider, options.Resilience, FloraResilience.KeyOf(registration.Key));
        return new FloraRuntime(options, hosts.For(registration, options), pipeline, hosts.Time, provider.GetService<ILogger<FloraChatClient>>()) { YieldsByDefault = yields };
    }

    // The client is a service of its own type, so it is given as it is.
    private static void AddClient(IServiceCollection services, string key) => services.AddKeyedSingleton(
        key, (provider, _) => new FloraChatClient(provider.GetRequiredKeyedService<FloraRuntime>(key)));

    // With the speech model of the same id, else with the one that has no key.
    private static void AddPlugin(IServiceCollection services, string key) => services.AddKeyedSingleton(key, (provider, _) => new FloraPlugin(
        provider.GetRequiredKeyedService<FloraChatClient>(key), provider.GetKeyedService<FloraSpeechToTextClient>(key) ?? provider.GetService<FloraSpeechToTextClient>()));

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
#pragma warning restore MEAI001
