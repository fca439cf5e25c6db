namespace Transcriber;

/// <summary>The command line or a file it names is wrong; ends the program with exit code 2 and this message.</summary>
internal sealed class UsageException(string message) : Exception(message);
