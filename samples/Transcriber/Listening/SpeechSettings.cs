using Microsoft.Extensions.Configuration;
using Transcriber.Recordings;

namespace Transcriber.Listening;

/// <summary>The settings that the command line means: appsettings.json, with the folders of the command line over it.</summary>
/// <param name="Flora">The section of AddFloraSpeech.</param>
/// <param name="FloraBase">The same without any adapter by language: what the base model makes of a recording.</param>
/// <param name="Timestamps">Whether the model decodes times.</param>
/// <param name="Temperature">The only one; null: rising ones, where a text fails the thresholds.</param>
/// <param name="PadToWindow">
/// Whether silence goes after a recording that is shorter than the model's window, as transformers does. False: zeros go after its features, which is not silence, as openai/whisper does.
/// </param>
internal sealed record SpeechSettings(IConfiguration Flora, IConfiguration FloraBase, bool Timestamps, double? Temperature, bool PadToWindow)
{
    private const string FloraSection = "FloraSpeech", OwnSection = "Transcriber";

    private static readonly string[] AdapterKeys = ["LanguageAdapters", "DefaultAdapter", "RequireAdapter"];

    /// <summary>The sample's own settings go with tinywhisper only.</summary>
    /// <exception cref="UsageException">A file or folder does not exist, or is malformed.</exception>
    public static SpeechSettings Of(TranscriberOptions options, EmbeddedModel embedded, string appFolder)
    {
        string model = options.Model ?? embedded.Model;
        if (!File.Exists(Path.Combine(model, "config.json")))
            throw new UsageException($"The model folder '{model}' does not exist or has no config.json.");
        string? adapters = options.Adapters ?? (options.Model is null ? embedded.Adapters : null);
        if (adapters is not null && !Directory.Exists(adapters))
            throw new UsageException($"The folder of adapters '{adapters}' does not exist.");
        string? file = options.Settings ?? (options.Model is null ? Path.Combine(appFolder, "appsettings.json") : null);
        var over = new Dictionary<string, string?> { [$"{FloraSection}:Model"] = model };
        if (adapters is not null)
            over[$"{FloraSection}:AdapterFolders:0"] = adapters;
        if (options.Threads is { } threads)
            over[$"{FloraSection}:Threads"] = $"{threads}";
        IConfiguration all = Read(file, over);
        IConfigurationSection flora = all.GetSection(FloraSection), own = all.GetSection(OwnSection);
        return new SpeechSettings(flora, WithoutAdapters(flora), Value<bool>(own, nameof(Timestamps)) ?? true, Value<double>(own, nameof(Temperature)), Value<bool>(own, nameof(PadToWindow)) ?? false);
    }

    private static IConfigurationRoot Read(string? file, IEnumerable<KeyValuePair<string, string?>> over)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
            builder.AddJsonFile(Path.GetFullPath(file), optional: false);
        try
        {
            return builder.AddInMemoryCollection(over).Build();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new UsageException($"The settings '{file}' cannot be read: {(e.InnerException ?? e).Message}");
        }
    }

    private static IConfigurationRoot WithoutAdapters(IConfigurationSection flora) => new ConfigurationBuilder()
        .AddInMemoryCollection(flora.AsEnumerable(makePathsRelative: true).Where(entry => !AdapterKeys.Contains(entry.Key.Split(':')[0], StringComparer.OrdinalIgnoreCase)))
        .Build();

    private static T? Value<T>(IConfigurationSection section, string name)
        where T : struct
    {
        try
        {
            return section.GetValue<T?>(name);
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException($"The settings: {section.Path}:{name}: {e.Message}");
        }
    }
}
