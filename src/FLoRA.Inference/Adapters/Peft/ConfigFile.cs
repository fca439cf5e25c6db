using System.Text.Json;
using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>adapter_config.json: bytes, and the JSON object in them.</summary>
internal sealed record ConfigFile(byte[] Bytes, JsonElement Root)
{
    private const string FileName = "adapter_config.json";
    private const long MaxBytes = 16 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads the file of a folder; null, and a problem, where there is none or it is not a JSON object.</summary>
    public static ConfigFile? Read(string folder, ProblemList problems)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
                return Refuse(problems, "is missing");
            if (new FileInfo(path).Length > MaxBytes)
                return Refuse(problems, $"is larger than {MaxBytes} bytes");
            var bytes = File.ReadAllBytes(path);
            using var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return Refuse(problems, $"is not a JSON object but {document.RootElement.ValueKind}");
            JsonStrings.RequireText(document.RootElement);
            return new ConfigFile(bytes, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            return Refuse(problems, $"is not valid JSON: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            return Refuse(problems, $"has a string that is not valid Unicode: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse(problems, $"cannot be read: {e.Message}");
        }
    }

    private static ConfigFile? Refuse(ProblemList problems, string what)
    {
        problems.Add($"{FileName} {what}");
        return null;
    }
}
