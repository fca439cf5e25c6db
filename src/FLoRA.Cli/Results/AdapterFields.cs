using System.Globalization;
using System.Text.Json;
using FLoRA.Inference;
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

    /// <summary>"resident, pinned, 1.4 MB".</summary>
    public static string State(AdapterInfo adapter) =>
        string.Create(CultureInfo.InvariantCulture, $"{StateName(adapter.State)}{(adapter.IsPinned ? ", pinned" : "")}, {adapter.Bytes / 1e6:0.###} MB");

    /// <summary>The state in lower case.</summary>
    public static string StateName(AdapterState state) => state.ToString().ToLowerInvariant();

    /// <summary>What an engine holds, in a line.</summary>
    public static string Describe(AdapterStoreInfo store) => string.Create(
        CultureInfo.InvariantCulture,
        $"registered {store.Registered}; in host memory {store.HostCached} ({store.HostBytes / 1e6:0.###} of {store.HostByteBudget / 1e6:0} MB); resident {store.Resident} ({store.ResidentBytes / 1e6:0.###} of {store.ResidentByteBudget / 1e6:0} MB)");

    /// <summary>The same as an object.</summary>
    public static void Write(Utf8JsonWriter json, AdapterStoreInfo store)
    {
        json.WriteStartObject("adapter_store");
        json.WriteNumber("registered", store.Registered);
        json.WriteNumber("host_cached", store.HostCached);
        json.WriteNumber("host_bytes", store.HostBytes);
        json.WriteNumber("host_byte_budget", store.HostByteBudget);
        json.WriteNumber("resident", store.Resident);
        json.WriteNumber("resident_bytes", store.ResidentBytes);
        json.WriteNumber("resident_byte_budget", store.ResidentByteBudget);
        json.WriteEndObject();
    }

    /// <summary>The kind as <c>peft_type</c> spells it.</summary>
    public static string Name(AdapterKind kind) => kind.ToString().ToUpperInvariant();
}
