using FLoRA.Inference;

namespace FLoRA.Cli;

/// <summary>How a failure that ends the command is told.</summary>
internal static class ErrorText
{
    /// <summary>The message; the type too where nobody expected it; the whole trace when asked for.</summary>
    public static string Of(Exception failure, bool verbose)
    {
        if (verbose)
            return failure.ToString();
        return failure is UsageException or ModelLoadException or AdapterLoadException or AdapterNotFoundException or NativeRuntimeException
            or InvalidRequestException or AudioFormatException or IOException or UnauthorizedAccessException
            || (failure.GetType() == typeof(ArgumentException) && ((ArgumentException)failure).ParamName is null) // the engine's options
            ? failure.Message
            : $"{failure.GetType().Name}: {failure.Message} (--verbose shows the stack trace)";
    }
}
