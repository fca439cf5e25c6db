using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Decorates the kernel's choice of a service. Where a FLoRA service was chosen it settles the adapter: that of the run-level
/// settings, else of the function's own, else of the function map. Two corrections: a default choice never takes calls away
/// from a service that is registered without a key, and a call that names an adapter never goes to a service without adapters.
/// </summary>
/// <param name="inner">The user's selector, or the kernel's.</param>
/// <param name="registrations">What <c>AddFlora</c> registered, in order.</param>
#pragma warning disable SKEXP0001 // Without IChatClientSelector the kernel could not reach any IChatClient.
internal sealed class FloraServiceSelector(IAIServiceSelector inner, IEnumerable<FloraRegistration> registrations) : IAIServiceSelector, IChatClientSelector
{
    private readonly FloraRegistration[] _registrations = [.. registrations];

    public bool TrySelectAIService<T>(
        Kernel kernel, KernelFunction function, KernelArguments arguments, [NotNullWhen(true)] out T? service, out PromptExecutionSettings? serviceSettings)
        where T : class, IAIService
    {
        if (!inner.TrySelectAIService(kernel, function, arguments, out service, out serviceSettings))
            return false;
        var choice = Choice(kernel.Services, function, serviceSettings);
        if (IsByDefault(function, arguments, service.GetModelId(), serviceSettings))
            service = Correct(kernel.Services, service, choice);
        if (service is null)
            return false;
        if (service is IFloraService chosen)
            serviceSettings = choice.Settle(chosen.Runtime);
        return true;
    }

    public bool TrySelectChatClient<T>(
        Kernel kernel, KernelFunction function, KernelArguments arguments, [NotNullWhen(true)] out T? service, out PromptExecutionSettings? serviceSettings)
        where T : class, IChatClient
    {
        service = null;
        serviceSettings = null;
        if (inner is not IChatClientSelector clients || !clients.TrySelectChatClient(kernel, function, arguments, out service, out serviceSettings))
            return false;
        if (service.GetService(typeof(FloraRuntime)) is not FloraRuntime runtime)
            return true;
        var choice = Choice(kernel.Services, function, serviceSettings);
        if (IsByDefault(function, arguments, runtime.ModelId, serviceSettings) && !choice.NamesAdapter(runtime)
            && kernel.Services.GetService<T>() is { } unkeyed && unkeyed.GetService(typeof(FloraRuntime)) is null)
            service = unkeyed;
        else
            serviceSettings = choice.Settle(runtime);
        return true;
    }

    private FunctionChoice Choice(IServiceProvider services, KernelFunction function, PromptExecutionSettings? settings) => new(
        function, settings, serviceId => serviceId.Length > 0 && _registrations.Any(r => r.Key == serviceId) ? services.GetRequiredKeyedService<FloraRuntime>(serviceId) : null);

    /// <summary>Whether nothing asked for this service: neither a service id nor a model id.</summary>
    private static bool IsByDefault(KernelFunction function, KernelArguments arguments, string? modelId, PromptExecutionSettings? settings)
    {
        if (settings is null)
            return true;
        if (settings.ModelId is { } model && model == modelId)
            return false;
        IReadOnlyDictionary<string, PromptExecutionSettings>? all = arguments.ExecutionSettings ?? function.ExecutionSettings;
        string? key = all?.FirstOrDefault(entry => ReferenceEquals(entry.Value, settings)).Key;
        return string.IsNullOrEmpty(key) || key == PromptExecutionSettings.DefaultServiceId;
    }

    /// <summary>The service that a default choice should have been; null: one of a type that the kernel asks for next.</summary>
    private T? Correct<T>(IServiceProvider services, T service, FunctionChoice choice)
        where T : class, IAIService
    {
        if (service is not IFloraService)
            return FindFlora<T>(services, choice) ?? service;
        // The kernel takes the service that was registered last, with or without a key.
        T? unkeyed = services.GetService<T>();
        T own = unkeyed is IFloraService ? unkeyed : service;
        FloraRuntime runtime = ((IFloraService)own).Runtime;
        if (choice.NamesAdapter(runtime))
            return own;
        if (unkeyed is not (null or IFloraService))
            return unkeyed;
        bool isOtherUnkeyed = runtime.YieldsByDefault && (services.GetService<IChatCompletionService>() is not (null or IFloraService)
            || services.GetService<ITextGenerationService>() is not (null or IFloraService)
            || (services.GetService<IChatClient>() is { } client && client.GetService(typeof(FloraRuntime)) is null));
        return isOtherUnkeyed ? null : own;
    }

    /// <summary>FLoRA's service of a type for a function that names an adapter; null: it names none.</summary>
    private T? FindFlora<T>(IServiceProvider services, FunctionChoice choice)
        where T : class, IAIService
    {
        string? key = _registrations.FirstOrDefault(r => services.GetRequiredKeyedService<FloraRuntime>(r.Key) is var runtime
            && (choice.HasAdapterKey(runtime) || choice.MappedAdapter(runtime) is not null))?.Key;
        return key switch
        {
            null => null,
            _ when typeof(T) == typeof(IChatCompletionService) => services.GetRequiredKeyedService<FloraChatCompletionService>(key) as T,
            _ when typeof(T) == typeof(ITextGenerationService) => services.GetRequiredKeyedService<FloraTextGenerationService>(key) as T,
            _ => null,
        };
    }
}
#pragma warning restore SKEXP0001
