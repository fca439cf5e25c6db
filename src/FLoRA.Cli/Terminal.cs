using System.Text;

namespace FLoRA.Cli;

/// <summary>Where a command reads and writes: results to <see cref="Output"/>, the log to <see cref="Error"/>.</summary>
internal sealed class Terminal(TextReader input, TextWriter output, TextWriter error, bool errorIsTerminal = false) : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Standard input.</summary>
    public TextReader Input { get; } = input;

    /// <summary>Standard output: results only. Whoever writes flushes.</summary>
    public TextWriter Output { get; } = output;

    /// <summary>Standard error: the log.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>True: the log goes to a screen, where a line may be rewritten.</summary>
    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    /// <summary>The streams of this process, UTF-8 whatever the locale says.</summary>
    public static Terminal OfProcess() => new(
        new StreamReader(Console.OpenStandardInput(), Utf8),
        new StreamWriter(Console.OpenStandardOutput(), Utf8),
        TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true }),
        !Console.IsErrorRedirected);

    /// <summary>Flushes the results.</summary>
    public void Dispose() => Output.Flush();
}
