using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>Which adapter answers a call, once the settings that count are known.</summary>
internal static class AdapterChoice
{
    /// <summary>Whether the settings name an adapter, by its key or as the model.</summary>
    internal static bool IsNamedBy(GenerationSettings settings, string modelId) =>
        settings.AdapterId is not null || (settings.ModelId is { } id && id != modelId);

    /// <summary>The adapter that the settings name, else the default one, else null: base.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidRequestException">The settings contradict themselves, or name none where one is required.</exception>
    internal static string? Resolve(GenerationSettings settings, FloraOptions options, string modelId, IReadOnlyCollection<string> known, string? function)
    {
        string? named = settings.AdapterId;
        if (named is { } text && string.IsNullOrWhiteSpace(text))
            throw new InvalidRequestException($"{Call(function)}Setting '{FloraKeys.AdapterId}' is empty; leave it out where no adapter is meant.");
        if (settings.ModelId is { } model && model != modelId)
        {
            if (!known.Contains(model))
            {
                throw new InvalidRequestException(
                    $"{Call(function)}ModelId '{model}' is neither the model's own id '{modelId}' nor an adapter. Known adapters: {List(known)}.");
            }

            if (named is not null && named != model)
                throw new InvalidRequestException($"{Call(function)}Two adapters are named: '{named}' by '{FloraKeys.AdapterId}', '{model}' by ModelId.");
            named = model;
        }

        named ??= options.DefaultAdapter;
        if (named is null && options.RequireAdapter)
        {
            throw new InvalidRequestException(
                $"{Call(function)}No adapter is named and RequireAdapter is set: give '{FloraKeys.AdapterId}', an entry of FunctionAdapters or DefaultAdapter. Known adapters: {List(known)}.");
        }

        return named is null || known.Contains(named) ? named : throw new AdapterNotFoundException(named, known, function);
    }

    private static string Call(string? function) => function is null ? "" : $"Function '{function}': ";

    private static string List(IReadOnlyCollection<string> known) => known.Count == 0 ? "none" : string.Join(", ", known.Order(StringComparer.Ordinal));
}
