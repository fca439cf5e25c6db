using System.Text.Json;

namespace FLoRA.Inference.Models.Configuration;

/// <summary>Reads the JSON files of a model folder: one object, no key twice, of bounded size.</summary>
internal static class ConfigFile
{
    private const long LargestFileBytes = 32 << 20;

    /// <summary>Reads <paramref name="name"/> of <paramref name="folder"/>; null where there is no such file.</summary>
    /// <exception cref="ModelLoadException">The file cannot be read, is too large, or is not one JSON object.</exception>
    public static ConfigSection? ReadOptional(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? new ConfigSection(folder, name, Parse(folder, name, path)) : null;
    }

    /// <summary>Reads <paramref name="name"/> of <paramref name="folder"/>.</summary>
    /// <exception cref="ModelLoadException">The file is missing, or is not as <see cref="ReadOptional"/> demands.</exception>
    public static ConfigSection Read(string folder, string name)
    {
        if (!Directory.Exists(folder))
            throw new ModelLoadException(folder, "there is no such folder");
        return ReadOptional(folder, name) ?? throw new ModelLoadException(folder, $"{name} is missing");
    }

    private static JsonElement Parse(string folder, string name, string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > LargestFileBytes)
                throw new ModelLoadException(folder, $"{name} has {length} bytes; expected at most {LargestFileBytes}");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelLoadException(folder, $"{name} is a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}; expected an object");
            JsonStrings.RequireText(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (InvalidOperationException e)
        {
            throw new ModelLoadException(folder, $"{name} holds a string that is not valid Unicode: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new ModelLoadException(folder, $"{name} is not valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(folder, $"{name} cannot be read: {e.Message}", e);
        }
    }
}
