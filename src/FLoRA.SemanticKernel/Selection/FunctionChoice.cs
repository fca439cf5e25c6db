using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>What a kernel function, the settings chosen for its call and the function map say of the adapter.</summary>
/// <param name="function">The function.</param>
/// <param name="settings">Settings chosen for the call; null: none.</param>
/// <param name="runtimeOf">FLoRA's service of a service id; null: there is none.</param>
internal sealed class FunctionChoice(KernelFunction function, PromptExecutionSettings? settings, Func<string, FloraRuntime?> runtimeOf)
{
    private string Name => string.IsNullOrEmpty(function.PluginName) ? function.Name : $"{function.PluginName}.{function.Name}";

    internal string? MappedAdapter(FloraRuntime runtime) => runtime.FunctionAdapters.Find(function.PluginName, function.Name);

    /// <summary>Whether the settings of the call or the function's own name an adapter by its key.</summary>
    internal bool HasAdapterKey(FloraRuntime runtime) => AdapterKey(settings) is not null || OwnSettings(runtime).Any(own => AdapterKey(own) is not null);

    /// <summary>Whether settings or map name an adapter for this model.</summary>
    internal bool NamesAdapter(FloraRuntime runtime) =>
        IsNamedBy(settings, runtime) || OwnSettings(runtime).Any(own => IsNamedBy(own, runtime)) || MappedAdapter(runtime) is not null;

    /// <summary>The settings to call with: a copy that names the function and its adapter.</summary>
    internal FloraPromptExecutionSettings Settle(FloraRuntime runtime)
    {
        FloraPromptExecutionSettings settled = FloraPromptExecutionSettings.FromExecutionSettings(settings).CloneTyped();
        settled.FunctionName = Name;
        if (IsNamedBy(settled, runtime))
            return settled;
        if (OwnSettings(runtime).FirstOrDefault(own => IsNamedBy(own, runtime)) is { } named)
        {
            settled.AdapterId = AdapterKey(named);
            if (settled.AdapterId is null)
                settled.ModelId = named.ModelId;
        }
        else
        {
            settled.AdapterId = MappedAdapter(runtime);
        }

        return settled;
    }

    /// <summary>The function's own settings: those for the service first, then those for any. Semantic Kernel drops them where a call brings its own.</summary>
    private IEnumerable<PromptExecutionSettings> OwnSettings(FloraRuntime runtime)
    {
        if (function.ExecutionSettings is not { } all)
            yield break;
        foreach ((string serviceId, PromptExecutionSettings own) in all)
        {
            if (ReferenceEquals(runtimeOf(serviceId), runtime))
                yield return own;
        }

        if (all.TryGetValue(PromptExecutionSettings.DefaultServiceId, out PromptExecutionSettings? standard))
            yield return standard;
        // Under a name that is no service's; another connector's model id says nothing here.
        if (all.Count == 1 && AdapterKey(all.Values.First()) is not null)
            yield return all.Values.First();
    }

    private static bool IsNamedBy(PromptExecutionSettings? settings, FloraRuntime runtime) =>
        AdapterKey(settings) is not null || (settings?.ModelId is { } model && model != runtime.ModelId);

    private static string? AdapterKey(PromptExecutionSettings? settings)
    {
        if (settings is FloraPromptExecutionSettings { AdapterId: { } typed })
            return typed;
        object? value = settings is null ? null : SettingsReader.Entries(settings).FirstOrDefault(IsAdapterKey).Value;
        return SettingValue.IsNull(value) ? null : SettingValue.Text(FloraKeys.AdapterId, value);
    }

    private static bool IsAdapterKey(KeyValuePair<string, object?> entry) => string.Equals(entry.Key, FloraKeys.AdapterId, StringComparison.OrdinalIgnoreCase);
}
