using CodeAgent.Sandbox;

namespace CodeAgent.Agent;

/// <summary>How an attempt ended.</summary>
internal enum Verdict
{
    /// <summary>The program ran and exited with 0.</summary>
    Passed,

    /// <summary>The program ran and failed.</summary>
    Failed,

    /// <summary>No tool for the language, or nobody asked to run it.</summary>
    NotRun,
}

/// <summary>One completion and what became of it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Completion">What the model wrote.</param>
/// <param name="Tokens">How many tokens.</param>
/// <param name="WritingTime">From the call to the end of the stream.</param>
/// <param name="Batches">Steps of the engine meanwhile, and the sequences in them.</param>
/// <param name="Run">What running it did; null: not run.</param>
/// <param name="EqualsReference">Whether the text is the reference solution; null: there is none.</param>
internal sealed record Attempt(
    int Number, string Completion, long Tokens, TimeSpan WritingTime, BatchCount Batches, SandboxResult? Run, bool? EqualsReference)
{
    public Verdict Verdict => Run is null ? Verdict.NotRun : Run.Succeeded ? Verdict.Passed : Verdict.Failed;

    /// <summary>The verdict in a few words.</summary>
    public string Describe() => Verdict switch
    {
        Verdict.Passed => "passed",
        Verdict.Failed => "failed: " + Run!.Describe(),
        _ => "not run",
    };
}
