using System.Text.Json;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>Reads Semantic Kernel's settings, of whatever type, for one call. They are not changed.</summary>
internal static class SettingsReader
{
    // Members of the base type, which are no settings of the model or are looked at by their type.
    private static readonly HashSet<string> BaseMembers = new(StringComparer.OrdinalIgnoreCase) { "service_id", "model_id", "function_choice_behavior" };

    /// <exception cref="NotSupportedException">A setting is not known or not supported; names it.</exception>
    /// <exception cref="Inference.InvalidRequestException">A value cannot be read; names the setting.</exception>
    internal static FloraCall Read(PromptExecutionSettings? settings)
    {
        FloraPromptExecutionSettings own = FloraPromptExecutionSettings.FromExecutionSettings(settings);
        if (own.FunctionChoiceBehavior is not null)
            throw new NotSupportedException($"The setting '{nameof(PromptExecutionSettings.FunctionChoiceBehavior)}' is not supported by FLoRA.");
        return new FloraCall(own.ToGenerationSettings(), own.FunctionName);
    }

    /// <summary>What a dictionary of loosely typed entries and typed properties says, read on top of <paramref name="typed"/>.</summary>
    internal static GenerationSettings ReadEntries(PromptExecutionSettings settings, GenerationSettings typed) => SettingTable.Read(typed, Entries(settings));

    /// <summary>What settings hold beside the typed properties of our own for text.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> Entries(PromptExecutionSettings settings) => Entries<FloraPromptExecutionSettings>(settings);

    /// <summary>What settings hold beside the typed properties of <typeparamref name="TOwn"/>: their extension data, and the properties of another type, such as another connector's.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> Entries<TOwn>(PromptExecutionSettings settings)
        where TOwn : PromptExecutionSettings =>
        (settings.ExtensionData?.Select(p => KeyValuePair.Create(p.Key, (object?)p.Value)) ?? [])
            .Concat(settings is TOwn || settings.GetType() == typeof(PromptExecutionSettings) ? [] : ForeignProperties(settings));

    /// <summary>The properties of settings of another type, by their JSON names; those of the base type are left out.</summary>
    private static IEnumerable<KeyValuePair<string, object?>> ForeignProperties(PromptExecutionSettings settings)
    {
        JsonElement json = JsonSerializer.SerializeToElement(settings, settings.GetType());
        return json.EnumerateObject()
            .Where(p => !BaseMembers.Contains(p.Name) && settings.ExtensionData?.ContainsKey(p.Name) != true)
            .Select(p => KeyValuePair.Create(p.Name, (object?)p.Value));
    }
}
