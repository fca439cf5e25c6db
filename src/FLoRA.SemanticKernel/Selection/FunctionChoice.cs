using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>What a kernel function, the settings chosen for its call and the function map say of the adapter.</summary>
internal sealed class FunctionChoice(KernelFunction function, PromptExecutionSettings? settings)
{
    /// <summary>Whether the settings of the call or the function's own name an adapter by its key.</summary>
    internal bool HasAdapterKey => AdapterKey(settings) is not null || OwnSettings.Any(own => AdapterKey(own) is not null);

    private string Name => string.IsNullOrEmpty(function.PluginName) ? function.Name : $"{function.PluginName}.{function.Name}";

    /// <summary>The function's own settings, those for the chosen service first.</summary>
    private IEnumerable<PromptExecutionSettings> OwnSettings
    {
        get
        {
            if (function.ExecutionSettings is not { } all)
                yield break;
            if (settings?.ServiceId is { } id && all.TryGetValue(id, out PromptExecutionSettings? ofService))
                yield return ofService;
            if (all.TryGetValue(PromptExecutionSettings.DefaultServiceId, out PromptExecutionSettings? standard))
                yield return standard;
            if (all.Count == 1)
                yield return all.Values.First();
        }
    }

    internal string? MappedAdapter(FloraRuntime runtime) => runtime.FunctionAdapters.Find(function.PluginName, function.Name);

    /// <summary>Whether settings or map name an adapter for this model.</summary>
    internal bool NamesAdapter(FloraRuntime runtime) =>
        IsNamedBy(settings, runtime) || OwnSettings.Any(own => IsNamedBy(own, runtime)) || MappedAdapter(runtime) is not null;

    /// <summary>The settings to call with: a copy that names the function and its adapter.</summary>
    internal FloraPromptExecutionSettings Settle(FloraRuntime runtime)
    {
        FloraPromptExecutionSettings settled = FloraPromptExecutionSettings.FromExecutionSettings(settings).CloneTyped();
        settled.FunctionName = Name;
        if (IsNamedBy(settled, runtime))
            return settled;
        if (OwnSettings.FirstOrDefault(own => IsNamedBy(own, runtime)) is { } named)
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

    private static bool IsNamedBy(PromptExecutionSettings? settings, FloraRuntime runtime) =>
        AdapterKey(settings) is not null || (settings?.ModelId is { } model && model != runtime.ModelId);

    private static string? AdapterKey(PromptExecutionSettings? settings)
    {
        if (settings is FloraPromptExecutionSettings { AdapterId: { } typed })
            return typed;
        object? value = settings?.ExtensionData?.FirstOrDefault(p => string.Equals(p.Key, FloraKeys.AdapterId, StringComparison.OrdinalIgnoreCase)).Value;
        return SettingValue.IsNull(value) ? null : SettingValue.Text(FloraKeys.AdapterId, value);
    }
}
