using System.Diagnostics;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The span of a chat call, where an OpenTelemetry client is around ours. It must be captured in the first synchronous step of the
/// call: a resumed iterator may have lost it, the engine thread never has it.
/// </summary>
internal readonly struct ChatActivity
{
    /// <summary>Name of the adapter; no tag: the base model.</summary>
    internal const string AdapterTag = "flora.adapter.id";

    private readonly Activity? _span;

    private ChatActivity(Activity? span) => _span = span;

    /// <summary>The current span if it is a chat's, by the name that the conventions for generative AI give it; any other is somebody else's.</summary>
    internal static ChatActivity Capture() => new(
        Activity.Current is { OperationName: var name } span && (name == "chat" || name.StartsWith("chat ", StringComparison.Ordinal)) ? span : null);

    internal void SetAdapter(string? adapter)
    {
        if (adapter is not null)
            _span?.SetTag(AdapterTag, adapter);
    }
}
