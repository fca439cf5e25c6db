using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Reads a configuration section into options. Stricter than a binder: an unknown key, a value of the wrong kind or a
/// scalar in place of a list is an error, and all errors come in one message.
/// </summary>
internal sealed class FloraOptionsReader
{
    private static readonly Dictionary<string, Action<FloraOptionsReader, IConfigurationSection, FloraOptions>> Readers =
        new(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(FloraOptions.Model)] = (r, s, o) => o.Model = r.Text(s) ?? o.Model,
            [nameof(FloraOptions.Adapters)] = (r, s, o) => r.Map(s, o.Adapters),
            [nameof(FloraOptions.AdapterFolders)] = (r, s, o) => o.AdapterFolders = [.. o.AdapterFolders, .. r.List(s)],
            [nameof(FloraOptions.FunctionAdapters)] = (r, s, o) => r.Map(s, o.FunctionAdapters),
            [nameof(FloraOptions.DefaultAdapter)] = (r, s, o) => o.DefaultAdapter = r.Text(s) is { Length: > 0 } name ? name : null,
            [nameof(FloraOptions.RequireAdapter)] = (r, s, o) => o.RequireAdapter = r.Flag(s) ?? o.RequireAdapter,
            [nameof(FloraOptions.Device)] = (r, s, o) => o.Device = r.Text(s) ?? o.Device,
            [nameof(FloraOptions.DType)] = (r, s, o) => o.DType = r.Text(s) ?? o.DType,
            [nameof(FloraOptions.Threads)] = (r, s, o) => o.Threads = r.Number(s),
            [nameof(FloraOptions.MaxRows)] = (r, s, o) => o.MaxRows = r.Number(s) ?? o.MaxRows,
            [nameof(FloraOptions.MaxSequences)] = (r, s, o) => o.MaxSequences = r.Number(s) ?? o.MaxSequences,
            [nameof(FloraOptions.KvTokens)] = (r, s, o) => o.KvTokens = r.Number(s),
        };

    private readonly List<string> _errors = [];

    /// <summary>Names that a section may hold.</summary>
    internal static IReadOnlyCollection<string> KnownKeys => Readers.Keys;

    /// <summary>Reads every key of the section into <paramref name="options"/>; keys that are absent change nothing.</summary>
    /// <exception cref="OptionsValidationException">Lists every key that is unknown or not readable.</exception>
    internal static void Read(IConfiguration section, FloraOptions options, string name)
    {
        var reader = new FloraOptionsReader();
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (Readers.TryGetValue(child.Key, out Action<FloraOptionsReader, IConfigurationSection, FloraOptions>? read))
                read(reader, child, options);
            else
                reader._errors.Add($"{child.Path}: unknown key; known keys: {string.Join(", ", Readers.Keys.Order(StringComparer.Ordinal))}");
        }

        if (reader._errors.Count > 0)
            throw new OptionsValidationException(name, typeof(FloraOptions), reader._errors);
    }

    private string? Text(IConfigurationSection section)
    {
        if (section.GetChildren().Any())
            _errors.Add($"{section.Path}: expected one value, got several");
        return section.Value;
    }

    private int? Number(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            return number;
        _errors.Add($"{section.Path}: expected a whole number, got '{text}'");
        return null;
    }

    private bool? Flag(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (bool.TryParse(text, out bool flag))
            return flag;
        _errors.Add($"{section.Path}: expected true or false, got '{text}'");
        return null;
    }

    private List<string> List(IConfigurationSection section)
    {
        if (section.Value is { Length: > 0 } scalar)
            _errors.Add($"{section.Path}: expected a list, got '{scalar}'");
        return [.. section.GetChildren().Select(item => Text(item) ?? "")];
    }

    private void Map(IConfigurationSection section, Dictionary<string, string> target)
    {
        if (section.Value is { Length: > 0 } scalar)
            _errors.Add($"{section.Path}: expected an object of names and values, got '{scalar}'");
        foreach (IConfigurationSection entry in section.GetChildren())
            target[entry.Key] = Text(entry) ?? "";
    }
}
