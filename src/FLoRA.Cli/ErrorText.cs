using FLoRA.Inference;

namespace FLoRA.Cli;

/// <summary>How a failure that ends the command is told.</summary>
internal static class ErrorText
{
    /// <summary>The message; the type too where nobody expected it; the whole trace when asked for.</summary>
    public static string Of(Exception failure, bool verbose) => failure switch
    {
        _ when verbose => failure.ToString(),
        ArgumentException { ParamName: { } parameter } wrong => wrong.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal),
        UsageException or ModelLoadException or AdapterLoadException or AdapterNotFoundException or NativeRuntimeException or ArgumentException
            or NotSupportedException or IOException or UnauthorizedAccessException => failure.Message,
        _ => $"{failure.GetType().Name}: {failure.Message} (--verbose shows the stack trace)",
    };
}
