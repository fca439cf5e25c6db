using System.Text.Json;

namespace FLoRA.Inference.Models.Configuration;

/// <summary>Strings of a stranger's JSON.</summary>
internal static class JsonStrings
{
    /// <summary>Reads every string once: an escaped half of a surrogate pair passes the parser and throws only when it is read.</summary>
    /// <exception cref="InvalidOperationException">A string or a name is not valid Unicode.</exception>
    public static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                    RequireText(item);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }

                break;
        }
    }
}
