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
    private delegate void KeyReader(FloraOptionsReader reader, IConfigurationSection section, FloraOptions options);

    private static readonly Dictionary<string, KeyReader> Readers = new(StringComparer.OrdinalIgnoreCase)
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
        [nameof(FloraOptions.WarmUp)] = (r, s, o) => o.WarmUp = r.Flag(s) ?? o.WarmUp,
        [nameof(FloraOptions.DrainTimeout)] = (r, s, o) => o.DrainTimeout = r.Time(s) ?? o.DrainTimeout,
        ["Queue:MaxRequests"] = (r, s, o) => o.Queue.MaxRequests = r.Number(s),
        ["Queue:MaxTokens"] = (r, s, o) => o.Queue.MaxTokens = r.Number(s),
        ["Resilience:FirstTokenTimeout"] = (r, s, o) => o.Resilience.FirstTokenTimeout = r.Time(s),
        ["Resilience:Retry:MaxAttempts"] = (r, s, o) => o.Resilience.Retry.MaxAttempts = r.Number(s) ?? o.Resilience.Retry.MaxAttempts,
        ["Resilience:Retry:MaxDelay"] = (r, s, o) => o.Resilience.Retry.MaxDelay = r.Time(s) ?? o.Resilience.Retry.MaxDelay,
        ["Resilience:CircuitBreaker:Enabled"] = (r, s, o) => o.Resilience.CircuitBreaker.Enabled = r.Flag(s) ?? o.Resilience.CircuitBreaker.Enabled,
        ["Resilience:CircuitBreaker:FailureRatio"] = (r, s, o) => o.Resilience.CircuitBreaker.FailureRatio = r.Fraction(s) ?? o.Resilience.CircuitBreaker.FailureRatio,
        ["Resilience:CircuitBreaker:MinimumThroughput"] = (r, s, o) => o.Resilience.CircuitBreaker.MinimumThroughput = r.Number(s) ?? o.Resilience.CircuitBreaker.MinimumThroughput,
        ["Resilience:CircuitBreaker:SamplingDuration"] = (r, s, o) => o.Resilience.CircuitBreaker.SamplingDuration = r.Time(s) ?? o.Resilience.CircuitBreaker.SamplingDuration,
        ["Resilience:CircuitBreaker:BreakDuration"] = (r, s, o) => o.Resilience.CircuitBreaker.BreakDuration = r.Time(s) ?? o.Resilience.CircuitBreaker.BreakDuration,
    };

    private readonly List<string> _errors = [];

    /// <summary>Paths that a section may hold, relative to it.</summary>
    internal static IReadOnlyCollection<string> KnownKeys => Readers.Keys;

    /// <summary>Reads every key of the section into <paramref name="options"/>; keys that are absent change nothing.</summary>
    /// <exception cref="OptionsValidationException">Lists every key that is unknown or not readable.</exception>
    internal static void Read(IConfiguration section, FloraOptions options, string name)
    {
        var reader = new FloraOptionsReader();
        reader.ReadGroup(section, "", options);
        if (reader._errors.Count > 0)
            throw new OptionsValidationException(name, typeof(FloraOptions), reader._errors);
    }

    /// <param name="group">The section itself, or an object in it.</param>
    /// <param name="prefix">Path of the object with a colon at its end; "" for the section itself.</param>
    /// <param name="options">What is read into.</param>
    private void ReadGroup(IConfiguration group, string prefix, FloraOptions options)
    {
        foreach (IConfigurationSection child in group.GetChildren())
        {
            string path = prefix + child.Key, below = path + ":";
            if (Readers.TryGetValue(path, out KeyReader? read))
                read(this, child, options);
            else if (!Readers.Keys.Any(key => key.StartsWith(below, StringComparison.OrdinalIgnoreCase)))
                _errors.Add($"{child.Path}: unknown key; known keys: {string.Join(", ", KeysBelow(prefix))}");
            else if (child.Value is { Length: > 0 } scalar)
                _errors.Add($"{child.Path}: expected an object with {string.Join(", ", KeysBelow(below))}, got '{scalar}'");
            else
                ReadGroup(child, below, options);
        }
    }

    private static IEnumerable<string> KeysBelow(string prefix) => Readers.Keys
        .Where(key => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(key => key[prefix.Length..].Split(':')[0])
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);

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

    private double? Fraction(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            return number;
        _errors.Add($"{section.Path}: expected a number, got '{text}'");
        return null;
    }

    /// <summary>A time such as "00:00:20". A bare number is refused: it would be days.</summary>
    private TimeSpan? Time(IConfigurationSection section)
    {
        if (Text(section) is not { Length: > 0 } text)
            return null;
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time))
            return time;
        _errors.Add($"{section.Path}: expected a time such as \"00:00:20\" (hours:minutes:seconds), got '{text}'");
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
