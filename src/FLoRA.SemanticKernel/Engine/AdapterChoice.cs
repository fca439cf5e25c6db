using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>Which adapter answers a call, once the settings that count are known.</summary>
internal static class AdapterChoice
{
    /// <summary>The adapter that the settings name, by its key or as the model; null: none.</summary>
    /// <param name="adapterId">The setting of its own.</param>
    /// <param name="model">The model of the settings: the model's own id or an adapter's name.</param>
    /// <param name="modelId">The model's own id.</param>
    /// <param name="known">Adapters that may be named.</param>
    /// <param name="function">Who asks, for messages; null: not known.</param>
    /// <exception cref="InvalidRequestException">The settings contradict themselves, or the model is none.</exception>
    internal static string? Named(string? adapterId, string? model, string modelId, AdapterNames known, string? function)
    {
        if (adapterId is not null && string.IsNullOrWhiteSpace(adapterId))
            throw new InvalidRequestException($"{Call(function)}Setting '{FloraKeys.AdapterId}' is empty; leave it out where no adapter is meant.");
        if (model is null || model == modelId)
            return adapterId;
        if (!known.Contains(model))
        {
            throw new InvalidRequestException(
                $"{Call(function)}ModelId '{model}' is neither the model's own id '{modelId}' nor an adapter. Known adapters: {List(known)}.");
        }

        return adapterId is null || adapterId == model
            ? model
            : throw new InvalidRequestException($"{Call(function)}Two adapters are named: '{adapterId}' by '{FloraKeys.AdapterId}', '{model}' by ModelId.");
    }

    /// <summary>What was found, else the default adapter, else null: base.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidRequestException">None is named where one is required.</exception>
    internal static string? OrDefault(string? found, FloraEngineOptions options, AdapterNames known, string? function)
    {
        found ??= options.DefaultAdapter;
        if (found is null && options.RequireAdapter)
        {
            string ways = options is FloraSpeechOptions ? "an entry of FunctionAdapters or LanguageAdapters" : "an entry of FunctionAdapters";
            throw new InvalidRequestException(
                $"{Call(function)}No adapter is named and RequireAdapter is set: give '{FloraKeys.AdapterId}', {ways} or DefaultAdapter. Known adapters: {List(known)}.");
        }

        return found is null || known.Contains(found) ? found : throw new AdapterNotFoundException(found, known.Registered, function);
    }

    /// <summary>The adapter that the settings name, else the default one, else null: base.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidRequestException">The settings contradict themselves, or name none where one is required.</exception>
    internal static string? Resolve(GenerationSettings settings, FloraOptions options, string modelId, AdapterNames known, string? function) =>
        OrDefault(Named(settings.AdapterId, settings.ModelId, modelId, known, function), options, known, function);

    private static string Call(string? function) => function is null ? "" : $"Function '{function}': ";

    private static string List(AdapterNames known) => known.Registered.Count == 0 ? "none" : string.Join(", ", known.Registered.Order(StringComparer.Ordinal));
}
