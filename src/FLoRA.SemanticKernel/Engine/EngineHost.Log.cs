using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel;

/// <summary>The log of an engine's life.</summary>
internal sealed partial class EngineHost
{
    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "Model {Model} is loaded on {Device} with {Adapters} adapters, after {Seconds:F1} s")]
    private partial void LogLoaded(string model, string device, int adapters, double seconds);

    [LoggerMessage(EventId = 11, Level = LogLevel.Error, Message = "The model in {Folder} cannot be loaded; the next call tries again")]
    private partial void LogLoadFailed(string folder, Exception exception);

    [LoggerMessage(EventId = 12, Level = LogLevel.Error, Message = "The device of model {Model} is lost; what it computed has failed")]
    private partial void LogLost(string model, Exception exception);

    [LoggerMessage(EventId = 13, Level = LogLevel.Warning, Message = "Attempt {Attempt} of {MaxAttempts} to restart the model in {Folder} failed")]
    private partial void LogRestartFailed(string folder, int attempt, int maxAttempts, Exception exception);

    [LoggerMessage(EventId = 14, Level = LogLevel.Error, Message = "The adapter in {Folder} cannot be loaded any more and is left out of the restart")]
    private partial void LogAdapterLeftOut(string folder, Exception exception);

    [LoggerMessage(EventId = 15, Level = LogLevel.Information, Message = "Model {Model} serves again, by attempt {Attempt}, {Seconds:F1} s after its device was lost")]
    private partial void LogRestarted(string model, int attempt, double seconds);

    [LoggerMessage(EventId = 16, Level = LogLevel.Critical, Message = "Model {Model} is given up after {MaxAttempts} attempts to restart it; only a new process brings it back")]
    private partial void LogGivenUp(string model, int maxAttempts, Exception exception);
}
