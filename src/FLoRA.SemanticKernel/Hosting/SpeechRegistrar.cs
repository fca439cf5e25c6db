using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using Polly;

namespace FLoRA.SemanticKernel;

/// <summary>What <c>AddFloraSpeech</c> adds: a runtime per key, and every other registration forwards to it.</summary>
#pragma warning disable MEAI001, SKEXP0001 // Both interfaces are experimental.
internal static class SpeechRegistrar
{
    internal static void Add(IServiceCollection services, string? serviceId, Action<OptionsBuilder<FloraSpeechOptions>> configure)
    {
        string key = serviceId ?? "";
        var registration = new SpeechRegistration(key);
        if (!EngineRegistrar.Add(services, registration, FloraResilience.SpeechKeyOf(key), configure, options => options.Copy()))
            return;
        AddFunctionFilter(services);
        services.AddKeyedSingleton(key, (provider, _) => CreateRuntime(provider, registration));
        services.AddKeyedSingleton(key, (provider, _) => new FloraSpeechToTextClient(provider.GetRequiredKeyedService<SpeechRuntime>(key)));
        services.AddKeyedSingleton(key, (provider, _) => new FloraAudioToTextService(provider.GetRequiredKeyedService<FloraSpeechToTextClient>(key)));
        services.AddKeyedSingleton(key, (provider, _) => new FloraSpeechPlugin(provider.GetRequiredKeyedService<FloraSpeechToTextClient>(key)));
        if (serviceId is not null)
        {
            services.AddKeyedSingleton<ISpeechToTextClient>(serviceId, (provider, _) => provider.GetRequiredKeyedService<FloraSpeechToTextClient>(serviceId));
            services.AddKeyedSingleton<IAudioToTextService>(serviceId, (provider, _) => provider.GetRequiredKeyedService<FloraAudioToTextService>(serviceId));
        }

        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraSpeechToTextClient>(key));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraAudioToTextService>(key));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<FloraSpeechPlugin>(key));
        services.TryAddSingleton<ISpeechToTextClient>(provider => provider.GetRequiredKeyedService<FloraSpeechToTextClient>(key));
        services.TryAddSingleton<IAudioToTextService>(provider => provider.GetRequiredKeyedService<FloraAudioToTextService>(key));
    }

    /// <summary>Configuration form.</summary>
    internal static void Add(IServiceCollection services, IConfiguration section, string? serviceId) =>
        Add(services, serviceId, options => options.Configure(o => SectionReaders.Speech.Read(section, o, serviceId ?? "")));

    private static void AddFunctionFilter(IServiceCollection services)
    {
        if (services.Any(d => d.ServiceType == typeof(CallingFunction)))
            return;
        services.AddSingleton<CallingFunction>();
        services.AddSingleton<IFunctionInvocationFilter>(provider => provider.GetRequiredService<CallingFunction>());
    }

    private static SpeechRuntime CreateRuntime(IServiceProvider provider, SpeechRegistration registration)
    {
        FloraSpeechOptions options = EngineRegistrar.OptionsOf<FloraSpeechOptions>(provider, registration.Key);
        EngineHosts hosts = provider.GetRequiredService<EngineHosts>();
        ResiliencePipeline pipeline = EngineRegistrar.PipelineOf(provider, options.Resilience, FloraResilience.SpeechKeyOf(registration.Key));
        return new SpeechRuntime(options, hosts.For(registration, options), pipeline, hosts.Time, provider.GetRequiredService<CallingFunction>(), provider.GetService<ILogger<FloraSpeechToTextClient>>());
    }
}
#pragma warning restore MEAI001, SKEXP0001
