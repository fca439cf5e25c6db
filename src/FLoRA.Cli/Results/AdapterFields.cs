using System.Text.Json;
using FLoRA.Inference.Adapters;

namespace FLoRA.Cli.Results;

/// <summary>What is told of an adapter everywhere.</summary>
internal static class AdapterFields
{
    public static void Write(Utf8JsonWriter json, AdapterSummary summary)
    {
        json.WriteString("kind", Name(summary.Kind));
        json.WriteNumber("rank", summary.Rank);
        json.WriteNumber("row_width", summary.RowWidth);
        json.WriteNumber("parameters", summary.ParameterCount);
        json.WriteCard(summary.Card);
    }

    /// <summary>The kind as <c>peft_type</c> spells it.</summary>
    public static string Name(AdapterKind kind) => kind.ToString().ToUpperInvariant();
}
