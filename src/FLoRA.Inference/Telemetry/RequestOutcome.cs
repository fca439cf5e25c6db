namespace FLoRA.Inference.Telemetry;

/// <summary>How a request ended, as the value of a tag.</summary>
internal static class RequestOutcome
{
    /// <summary>Name of the tag.</summary>
    public const string Name = "flora.outcome";

    public static KeyValuePair<string, object?> Stop { get; } = new(Name, "stop");

    public static KeyValuePair<string, object?> Length { get; } = new(Name, "length");

    public static KeyValuePair<string, object?> Cancelled { get; } = new(Name, "cancelled");

    private static readonly KeyValuePair<string, object?> Fault = new(Name, "fault"), Unavailable = new(Name, "unavailable"), Stopped = new(Name, "stopped");

    /// <summary>Of a request that was ended by an exception: a fault of its step or its own, a lost device before it began, an engine that was disposed.</summary>
    public static KeyValuePair<string, object?> Of(Exception exception) => exception switch
    {
        EngineUnavailableException => Unavailable,
        ObjectDisposedException => Stopped,
        _ => Fault,
    };
}
