namespace CodeAgent.Sandbox;

/// <summary>How a command ended.</summary>
internal enum SandboxOutcome
{
    /// <summary>By itself, with an exit code.</summary>
    Exited,

    /// <summary>By a signal: a crash, or a limit that the kernel enforces (processor time, file size).</summary>
    Signaled,

    /// <summary>Wall-clock time was up.</summary>
    TimeExceeded,

    /// <summary>All processes together held too much memory.</summary>
    MemoryExceeded,

    /// <summary>Too many processes.</summary>
    ProcessesExceeded,

    /// <summary>Too much was printed.</summary>
    OutputExceeded,

    /// <summary>The files in the folder grew too large.</summary>
    FolderExceeded,
}

/// <summary>What a command did.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Code">Exit code, or number of the signal.</param>
/// <param name="Output">Standard output and error as they came, cut at the limit.</param>
/// <param name="WallTime">From start to end.</param>
/// <param name="ProcessesLeft">Processes that it had left behind when it ended, killed with it.</param>
internal sealed record SandboxResult(SandboxOutcome Outcome, int Code, string Output, TimeSpan WallTime, int ProcessesLeft)
{
    /// <summary>Ended by itself with exit code 0.</summary>
    public bool Succeeded => Outcome == SandboxOutcome.Exited && Code == 0;

    /// <summary>The end in a few words.</summary>
    public string Describe() => Outcome switch
    {
        SandboxOutcome.Exited => $"exit code {Code}",
        SandboxOutcome.Signaled => Code switch { 24 => "processor time exceeded", 25 => "file size exceeded", _ => $"signal {Code}" },
        SandboxOutcome.TimeExceeded => "time exceeded",
        SandboxOutcome.MemoryExceeded => "memory exceeded",
        SandboxOutcome.ProcessesExceeded => "too many processes",
        SandboxOutcome.OutputExceeded => "too much output",
        _ => "files too large",
    };
}
