using System.Collections.Concurrent;
using CodeAgent.Languages;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Agent;

/// <summary>Judges programs by their text.</summary>
internal sealed class FakeRunner(Func<string, bool> passes) : IProgramRunner
{
    public ConcurrentQueue<string> Programs { get; } = new();

    public Task<SandboxResult> RunAsync(Language language, Toolchain toolchain, string program, CancellationToken cancellationToken)
    {
        Programs.Enqueue(program);
        return Task.FromResult(new SandboxResult(SandboxOutcome.Exited, passes(program) ? 0 : 1, "", TimeSpan.Zero, 0));
    }
}
