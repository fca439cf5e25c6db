using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.Cli.Results;

/// <summary>What is told of the card of a model or an adapter.</summary>
internal static class CardFields
{
    /// <summary>"description": text or null, "languages": list.</summary>
    public static void WriteCard(this Utf8JsonWriter json, FolderCard card)
    {
        json.WriteString("description", card.Description);
        json.WriteStartArray("languages");
        foreach (string language in card.Languages)
            json.WriteStringValue(language);
        json.WriteEndArray();
    }

    /// <summary>" [lua] Writes Lua.", each part where there is one; empty without a card. Goes behind other text of a line.</summary>
    public static string Suffix(FolderCard card) =>
        (card.Languages.Count == 0 ? "" : $" [{string.Join(", ", card.Languages)}]") + (card.Description is null ? "" : $" {card.Description}");
}
