using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Keeps every message, whatever its category.</summary>
internal sealed class RecordingLoggerProvider : ILoggerProvider, ILogger
{
    internal ConcurrentQueue<string> Messages { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue(formatter(state, exception));

    public void Dispose()
    {
    }
}
