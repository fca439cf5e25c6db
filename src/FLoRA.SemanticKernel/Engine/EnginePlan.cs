using FLoRA.Inference;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>The options of one engine from those of the services that share it.</summary>
internal static class EnginePlan
{
    /// <summary>The settings that they have in common, the adapters of all, the callbacks of all.</summary>
    /// <param name="services">Service keys with their options, at least one.</param>
    /// <exception cref="OptionsValidationException">Two services give one name to different adapters.</exception>
    internal static EngineOptions Merge(IReadOnlyList<(string Service, FloraEngineOptions Options)> services)
    {
        FloraEngineOptions first = services[0].Options;
        return new EngineOptions
        {
            Model = first.Model,
            Adapters = MergeAdapters(services),
            AdapterRoot = first.AdapterRoot,
            PreloadAdapters = [.. services.SelectMany(s => s.Options.PreloadAdapters).Distinct()],
            PinnedAdapters = [.. services.SelectMany(s => s.Options.PinnedAdapters).Distinct()],
            AdapterBytes = first.AdapterBytes,
            AdapterHostBytes = first.AdapterHostBytes,
            Device = first.Device,
            DType = first.DType,
            Threads = first.Threads,
            MaxRows = first.MaxRows,
            MaxSequences = first.MaxSequences,
            KvTokens = first.KvTokens,
            PrefixCache = first is not FloraOptions { PrefixCache: false },
            MaxQueuedRequests = first.Queue.MaxRequests,
            MaxQueuedTokens = first.Queue.MaxTokens,
            LostAfterFailedSteps = first.Restart.FailedSteps,
            Trace = Combine(services.Select(s => s.Options.Trace)),
            LoadProgress = Combine(services.Select(s => s.Options.LoadProgress)),
        };
    }

    private static Dictionary<string, string> MergeAdapters(IReadOnlyList<(string Service, FloraEngineOptions Options)> services)
    {
        var adapters = new Dictionary<string, string>(StringComparer.Ordinal);
        var givenBy = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string service, FloraEngineOptions options) in services)
        {
            foreach ((string name, string folder) in AdapterSources.Of(options))
            {
                if (adapters.TryAdd(name, folder))
                    givenBy.Add(name, service);
                else if (!IsSame(adapters[name], folder))
                    throw new OptionsValidationException(service, options.GetType(), [$"Adapters:{name}: service '{service}' means '{folder}', service '{givenBy[name]}' means '{adapters[name]}', and both share one engine; rename one"]);
            }
        }

        return adapters;
    }

    private static bool IsSame(string one, string other) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(one)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(other));

    private static Action<T>? Combine<T>(IEnumerable<Action<T>?> callbacks) =>
        callbacks.OfType<Action<T>>().Distinct().Aggregate((Action<T>?)null, (all, one) => all + one);
}
