using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>UseLogging over the client: prompts and answers are written at Trace only.</summary>
public class LoggingTests
{
    [Theory]
    [InlineData(LogLevel.Debug, false)]
    [InlineData(LogLevel.Debug, true)]
    [InlineData(LogLevel.Trace, false)]
    [InlineData(LogLevel.Trace, true)]
    public async Task Prompt_and_answer_are_logged_at_Trace_only(LogLevel level, bool streaming)
    {
        var log = new ListLogger();
        using var pipeline = new Pipeline(b => b.UseLogging(), s => s.AddLogging(l => l.SetMinimumLevel(level).AddProvider(log)));

        ChatResponse response = await pipeline.CallAsync(streaming, Pipeline.Options(Tinycoder.Lua));

        response.Text.ShouldContain("return sales[#sales]");
        string written = string.Join("\n", log.Lines);
        written.ShouldContain(streaming ? "GetStreamingResponseAsync" : "GetResponseAsync");
        written.Contains("Get the last").ShouldBe(level == LogLevel.Trace);
        written.Contains("return").ShouldBe(level == LogLevel.Trace);
    }

    [Fact]
    public async Task A_failure_is_logged_and_thrown_as_it_is()
    {
        var log = new ListLogger();
        using var pipeline = new Pipeline(b => b.UseLogging(), s => s.AddLogging(l => l.SetMinimumLevel(LogLevel.Debug).AddProvider(log)));
        await Should.ThrowAsync<Inference.AdapterNotFoundException>(() => pipeline.AskAsync(Pipeline.Options("cobol")));
        log.Lines.ShouldContain(line => line.Contains("failed"));
    }

    private sealed class ListLogger : ILoggerProvider, ILogger
    {
        internal ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
