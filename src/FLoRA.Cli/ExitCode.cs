namespace FLoRA.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>All fine.</summary>
    public const int Success = 0;

    /// <summary>Some request failed; its line has an error, the others are answered.</summary>
    public const int RequestFailed = 1;

    /// <summary>Wrong usage, or a model, adapter or file could not be loaded; nothing is on standard output.</summary>
    public const int CannotRun = 2;
}
