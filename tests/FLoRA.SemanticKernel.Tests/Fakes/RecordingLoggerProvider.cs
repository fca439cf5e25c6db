using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Keeps every message, whatever its category.</summary>
internal sealed class RecordingLoggerProvider : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message)> _entries = new();

    internal IReadOnlyList<string> Messages => At(LogLevel.Trace);

    /// <summary>Messages of this level and above.</summary>
    internal IReadOnlyList<string> At(LogLevel least) => [.. _entries.Where(e => e.Level >= least).Select(e => e.Message)];

    internal void Clear() => _entries.Clear();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
