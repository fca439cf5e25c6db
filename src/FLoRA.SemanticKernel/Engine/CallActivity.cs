using System.Diagnostics;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The span of a call, where an OpenTelemetry client is around ours. It must be captured in the first synchronous step of the
/// call: a resumed iterator may have lost it, the engine thread never has it.
/// </summary>
internal readonly struct CallActivity
{
    /// <summary>Name of the adapter; no tag: the base model.</summary>
    internal const string AdapterTag = "flora.adapter.id";

    private readonly Activity? _span;

    private CallActivity(Activity? span) => _span = span;

    /// <summary>The current span if it is that of such a call; any other is somebody else's.</summary>
    /// <param name="operation">What the conventions for generative AI call it: the span's name is this, or begins with it and the model's name.</param>
    internal static CallActivity Capture(string operation) => new(
        Activity.Current is { OperationName: var name } span && (name == operation || name.StartsWith($"{operation} ", StringComparison.Ordinal)) ? span : null);

    internal void SetAdapter(string? adapter)
    {
        if (adapter is not null)
            _span?.SetTag(AdapterTag, adapter);
    }
}
