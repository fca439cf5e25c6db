namespace FLoRA.SemanticKernel;

/// <summary>What is wrong with the options that text and speech models have in common.</summary>
internal static class EngineOptionErrors
{
    private static readonly string[] Devices = ["auto", "cpu", "cuda"];
    private static readonly string[] DTypes = ["float32", "bfloat16", "float16", "int8"];

    internal static IEnumerable<string> Of(FloraEngineOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Model))
            yield return "Model: the folder of the model is required";
        else if (!Directory.Exists(options.Model))
            yield return $"Model: there is no folder '{options.Model}'";
        else if (!File.Exists(Path.Combine(options.Model, "config.json")))
            yield return $"Model: folder '{options.Model}' holds no config.json";

        foreach ((string adapter, string folder) in options.Adapters)
        {
            if (string.IsNullOrWhiteSpace(adapter))
                yield return $"Adapters: the adapter in '{folder}' has an empty name";
            if (!Directory.Exists(folder))
                yield return $"Adapters:{adapter}: there is no folder '{folder}'";
        }

        foreach (string folder in options.AdapterFolders.Where(folder => !Directory.Exists(folder)))
            yield return $"AdapterFolders: there is no folder '{folder}'";
        if (options.AdapterRoot is { } root && !Directory.Exists(root))
            yield return $"AdapterRoot: there is no folder '{root}'";
        foreach (string error in AdapterErrors(options).Concat(EngineErrors(options)).Concat(ServingErrors.Of(options)))
            yield return error;
    }

    private static IEnumerable<string> AdapterErrors(FloraEngineOptions options)
    {
        HashSet<string> names = [];
        foreach ((string name, string folder) in AdapterSources.Of(options))
        {
            if (!names.Add(name))
                yield return $"AdapterFolders: adapter '{name}' of '{folder}' is given twice";
        }

        names = AdapterSources.Names(options);
        string known = names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));
        if (options.DefaultAdapter is { } standard && !names.Contains(standard))
            yield return $"DefaultAdapter: adapter '{standard}' is not registered; known adapters: {known}";
        if (options.PreloadAdapters.Count > 0 && options.AdapterRoot is null)
            yield return "PreloadAdapters: names of sub-folders of AdapterRoot, which is not given";
        foreach (string name in options.PreloadAdapters.Where(name => !names.Contains(name)))
            yield return $"PreloadAdapters: adapter '{name}' is not in AdapterRoot; known adapters: {known}";
        foreach (string name in options.PinnedAdapters.Where(name => !names.Contains(name)))
            yield return $"PinnedAdapters: adapter '{name}' is not registered; known adapters: {known}";
        foreach (string function in options.FunctionAdapters.Keys.GroupBy(k => k, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"FunctionAdapters:{function}: given twice; names of functions are compared without case";
        foreach ((string function, string adapter) in options.FunctionAdapters)
        {
            if (!FunctionAdapterMap.IsKey(function))
                yield return $"FunctionAdapters:{function}: expected a key \"Plugin.Function\" or \"Plugin.*\"";
            if (!names.Contains(adapter))
                yield return $"FunctionAdapters:{function}: adapter '{adapter}' is not registered; known adapters: {known}";
        }
    }

    private static IEnumerable<string> EngineErrors(FloraEngineOptions options)
    {
        if (!Devices.Contains(options.Device))
            yield return $"Device: expected {string.Join(", ", Devices)}, got '{options.Device}'";
        if (!DTypes.Contains(options.DType))
            yield return $"DType: expected {string.Join(", ", DTypes)}, got '{options.DType}'";
        if (options.Threads is < 1)
            yield return $"Threads: expected at least 1, got {options.Threads}";
        if (options.MaxRows < 1)
            yield return $"MaxRows: expected at least 1, got {options.MaxRows}";
        if (options.MaxSequences < 1)
            yield return $"MaxSequences: expected at least 1, got {options.MaxSequences}";
        if (options.AdapterBytes is < 1)
            yield return $"AdapterBytes: expected at least 1, got {options.AdapterBytes}";
        if (options.AdapterHostBytes is < 0)
            yield return $"AdapterHostBytes: expected at least 0, got {options.AdapterHostBytes}";
        if (options.KvTokens is < 1)
            yield return $"KvTokens: expected at least 1, got {options.KvTokens}";
    }
}
