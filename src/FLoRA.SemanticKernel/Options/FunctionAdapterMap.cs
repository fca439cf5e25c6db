namespace FLoRA.SemanticKernel;

/// <summary>The configured adapters of kernel functions: "Plugin.Function" and "Plugin.*" -> name.</summary>
internal sealed class FunctionAdapterMap(IReadOnlyDictionary<string, string> entries)
{
    // Semantic Kernel compares plugin and function names without case.
    private readonly Dictionary<string, string> _entries = new(entries, StringComparer.OrdinalIgnoreCase);

    /// <summary>Adapter of a function: its exact entry, else its plugin's wildcard, else null.</summary>
    internal string? Find(string? plugin, string function)
    {
        if (string.IsNullOrEmpty(plugin))
            return null;
        return _entries.TryGetValue($"{plugin}.{function}", out string? adapter) || _entries.TryGetValue($"{plugin}.*", out adapter)
            ? adapter
            : null;
    }

    /// <summary>Whether a key has one of the two forms.</summary>
    internal static bool IsKey(string key) =>
        key.Split('.') is [{ Length: > 0 } plugin, { Length: > 0 } function] && IsName(plugin) && (function == "*" || IsName(function));

    private static bool IsName(string part) => !part.Any(c => char.IsWhiteSpace(c) || c == '*');
}
