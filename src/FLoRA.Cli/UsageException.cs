namespace FLoRA.Cli;

/// <summary>The command line asks for what cannot be done; ends with <see cref="ExitCode.CannotRun"/>.</summary>
internal sealed class UsageException(string message) : Exception(message);
