namespace FLoRA.SemanticKernel;

/// <summary>Every setting that may stand in a dictionary, how it is read, and those of other services that do no harm.</summary>
/// <param name="readers">By key: the settings with one more read into them. Null values do not come here.</param>
/// <param name="harmless">By key: whether the value leaves the answer as it is.</param>
internal sealed class SettingKeys<TSettings>(IReadOnlyDictionary<string, SettingKeys<TSettings>.Reader> readers, IReadOnlyDictionary<string, Func<string, object?, bool>> harmless)
{
    internal delegate TSettings Reader(TSettings settings, string key, object? value);

    private readonly Dictionary<string, Reader> _readers = new(readers, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Func<string, object?, bool>> _harmless = new(harmless, StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of every setting.</summary>
    internal IReadOnlyCollection<string> KnownKeys => _readers.Keys;

    /// <summary>Adds a dictionary's entries to the settings. Null values say nothing.</summary>
    /// <exception cref="NotSupportedException">A key is not known or not supported; names it.</exception>
    /// <exception cref="Inference.InvalidRequestException">A value cannot be read, or a setting is given twice.</exception>
    internal TSettings Read(TSettings settings, IEnumerable<KeyValuePair<string, object?>> entries)
    {
        foreach ((string key, object? value) in entries)
        {
            if (SettingValue.IsNull(value))
                continue;
            if (_readers.TryGetValue(key, out Reader? read))
                settings = read(settings, key, value);
            else if (!_harmless.TryGetValue(key, out Func<string, object?, bool>? isHarmless))
                throw new NotSupportedException($"The setting '{key}' is not supported by FLoRA. Supported: {string.Join(", ", _readers.Keys)}.");
            else if (!isHarmless(key, value))
                throw new NotSupportedException($"The setting '{key}' is not supported by FLoRA with the value {SettingValue.Describe(value)}.");
        }

        return settings;
    }

    internal static Inference.InvalidRequestException Twice(string key) => new($"The setting '{key}' is given twice.");
}
