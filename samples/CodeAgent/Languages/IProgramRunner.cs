using CodeAgent.Sandbox;

namespace CodeAgent.Languages;

/// <summary>Runs program texts; the agent loop's view of the sandbox.</summary>
internal interface IProgramRunner
{
    /// <summary>Runs a program with a toolchain of its language.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing of the program is alive.</exception>
    Task<SandboxResult> RunAsync(Language language, Toolchain toolchain, string program, CancellationToken cancellationToken);
}
