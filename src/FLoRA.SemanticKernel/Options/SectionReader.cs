using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>Reads one key of a section into options.</summary>
internal delegate void KeyReader<in TOptions>(SectionValues values, IConfigurationSection section, TOptions options);

/// <summary>
/// Reads a configuration section into options. Stricter than a binder: an unknown key, a value of the wrong kind or a
/// scalar in place of a list is an error, and all errors come in one message.
/// </summary>
/// <param name="own">Keys of these options beside <see cref="EngineOptionKeys"/>; a colon leads into an object.</param>
internal sealed class SectionReader<TOptions>(IReadOnlyDictionary<string, KeyReader<TOptions>> own)
    where TOptions : FloraEngineOptions
{
    private readonly Dictionary<string, KeyReader<TOptions>> _readers = new(
        EngineOptionKeys.Readers.Select(r => KeyValuePair.Create(r.Key, (KeyReader<TOptions>)r.Value)).Concat(own), StringComparer.OrdinalIgnoreCase);

    /// <summary>Paths that a section may hold, relative to it.</summary>
    internal IReadOnlyCollection<string> KnownKeys => _readers.Keys;

    /// <summary>Reads every key of the section into <paramref name="options"/>; keys that are absent change nothing.</summary>
    /// <exception cref="OptionsValidationException">Lists every key that is unknown or not readable.</exception>
    internal void Read(IConfiguration section, TOptions options, string name)
    {
        var values = new SectionValues();
        ReadGroup(section, "", options, values);
        if (values.Errors.Count > 0)
            throw new OptionsValidationException(name, typeof(TOptions), values.Errors);
    }

    /// <param name="group">The section itself, or an object in it.</param>
    /// <param name="prefix">Path of the object with a colon at its end; "" for the section itself.</param>
    /// <param name="options">What is read into.</param>
    /// <param name="values">Reads, and collects what is wrong.</param>
    private void ReadGroup(IConfiguration group, string prefix, TOptions options, SectionValues values)
    {
        foreach (IConfigurationSection child in group.GetChildren())
        {
            string path = prefix + child.Key, below = path + ":";
            if (_readers.TryGetValue(path, out KeyReader<TOptions>? read))
                read(values, child, options);
            else if (!_readers.Keys.Any(key => key.StartsWith(below, StringComparison.OrdinalIgnoreCase)))
                values.Add($"{child.Path}: unknown key; known keys: {string.Join(", ", KeysBelow(prefix))}");
            else if (child.Value is { Length: > 0 } scalar)
                values.Add($"{child.Path}: expected an object with {string.Join(", ", KeysBelow(below))}, got '{scalar}'");
            else
                ReadGroup(child, below, options, values);
        }
    }

    private IEnumerable<string> KeysBelow(string prefix) => _readers.Keys
        .Where(key => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(key => key[prefix.Length..].Split(':')[0])
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);
}
