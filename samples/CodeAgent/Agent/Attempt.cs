using CodeAgent.Sandbox;

namespace CodeAgent.Agent;

/// <summary>How an attempt ended.</summary>
internal enum Verdict
{
    /// <summary>The program ran its tests and exited with 0.</summary>
    Passed,

    /// <summary>The program exited with 0, and had no tests.</summary>
    Ended,

    /// <summary>The program ran and exited otherwise, or was killed.</summary>
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
/// <param name="IsTested">Whether the program had tests.</param>
/// <param name="EqualsReference">Whether the text is the reference solution; null: there is none.</param>
internal sealed record Attempt(
    int Number, string Completion, long Tokens, TimeSpan WritingTime, BatchCount Batches, SandboxResult? Run, bool IsTested, bool? EqualsReference)
{
    public Verdict Verdict => Run switch
    {
        null => Verdict.NotRun,
        { Succeeded: true } => IsTested ? Verdict.Passed : Verdict.Ended,
        _ => Verdict.Failed,
    };

    /// <summary>The verdict in a few words.</summary>
    public string Describe() => Verdict switch
    {
        Verdict.Passed => "passed",
        Verdict.Ended => "ran, without tests",
        Verdict.Failed => "failed: " + Run!.Describe(),
        _ => "not run",
    };
}
