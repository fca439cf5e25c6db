using System.Text;

namespace FLoRA.Cli;

/// <summary>Where a command reads and writes: results to <see cref="Output"/>, the log to <see cref="Error"/>.</summary>
/// <param name="input">Standard input as text.</param>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="errorIsTerminal">True: the log goes to a screen.</param>
/// <param name="inputBytes">What <paramref name="input"/> reads from; null: it has no bytes below it.</param>
internal sealed class Terminal(TextReader input, TextWriter output, TextWriter error, bool errorIsTerminal = false, Stream? inputBytes = null) : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Standard input.</summary>
    public TextReader Input { get; } = input;

    /// <summary>All of standard input, not decoded; instead of <see cref="Input"/>, not beside it.</summary>
    public async Task<byte[]> ReadInputBytesAsync(CancellationToken cancellationToken)
    {
        if (inputBytes is null)
            return Utf8.GetBytes(await Input.ReadToEndAsync(cancellationToken));
        using MemoryStream bytes = new();
        await inputBytes.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    /// <summary>Standard output: results only. Whoever writes flushes.</summary>
    public TextWriter Output { get; } = output;

    /// <summary>Standard error: the log.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>True: the log goes to a screen, where a line may be rewritten.</summary>
    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    /// <summary>The streams of this process, UTF-8 whatever the locale says.</summary>
    public static Terminal OfProcess() => OfProcess(Console.OpenStandardInput());

    /// <summary>Flushes the results.</summary>
    public void Dispose() => Output.Flush();

    private static Terminal OfProcess(Stream input) => new(
        new StreamReader(input, Utf8),
        new StreamWriter(Console.OpenStandardOutput(), Utf8),
        TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true }),
        !Console.IsErrorRedirected,
        input);
}
