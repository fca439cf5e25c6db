using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>One service of a container, of either kind.</summary>
/// <param name="Key">Key of its internal services and name of its options: the service id, or "" without one.</param>
internal abstract record EngineRegistration(string Key)
{
    /// <summary>Its options as they are now, validated.</summary>
    internal abstract FloraEngineOptions ReadOptions(IServiceProvider services);

    /// <summary>Its options as it runs with them.</summary>
    internal abstract FloraEngineOptions OptionsOf(IServiceProvider services);

    internal abstract EngineRuntime RuntimeOf(IServiceProvider services);
}

/// <summary>One call of <c>AddFlora</c>.</summary>
internal sealed record FloraRegistration(string Key) : EngineRegistration(Key)
{
    internal override FloraEngineOptions ReadOptions(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<FloraOptions>>().Get(Key);

    internal override FloraEngineOptions OptionsOf(IServiceProvider services) => services.GetRequiredKeyedService<FloraServiceOptions<FloraOptions>>(Key).Value;

    internal override EngineRuntime RuntimeOf(IServiceProvider services) => services.GetRequiredKeyedService<FloraRuntime>(Key);
}

/// <summary>One call of <c>AddFloraSpeech</c>.</summary>
internal sealed record SpeechRegistration(string Key) : EngineRegistration(Key)
{
    internal override FloraEngineOptions ReadOptions(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<FloraSpeechOptions>>().Get(Key);

    internal override FloraEngineOptions OptionsOf(IServiceProvider services) => services.GetRequiredKeyedService<FloraServiceOptions<FloraSpeechOptions>>(Key).Value;

    internal override EngineRuntime RuntimeOf(IServiceProvider services) => services.GetRequiredKeyedService<SpeechRuntime>(Key);
}
