using System.Globalization;
using System.Text;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Results;

/// <summary>Text on the terminal while it is produced, its usage on the log in the end.</summary>
internal static class StreamedText
{
    /// <summary>Writes a stream to its end.</summary>
    /// <returns>The whole text.</returns>
    public static async Task<string> WriteAsync(TextStream stream, Terminal terminal, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        await foreach (TextUpdate update in stream.WithCancellation(cancellationToken))
        {
            text.Append(update.Text);
            await terminal.Output.WriteAsync(update.Text);
            await terminal.Output.FlushAsync(cancellationToken);
        }

        if (text.Length == 0 || text[^1] != '\n')
            await terminal.Output.WriteLineAsync();
        await terminal.Output.FlushAsync(cancellationToken);
        await terminal.Error.WriteLineAsync(Usage(stream));
        return text.ToString();
    }

    private static string Usage(TextStream stream)
    {
        StreamTiming timing = stream.Timing;
        double seconds = timing.Total?.TotalSeconds ?? 0;
        string reason = stream.FinishReason == FinishReason.Stop ? "stop" : "length";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"[{stream.Adapter ?? "base"}: {stream.PromptTokens} prompt tokens, {stream.CompletionTokens} completion tokens, {reason}, first after {timing.FirstToken?.TotalMilliseconds ?? 0:F0} ms, {stream.CompletionTokens / Math.Max(seconds, 1e-9):F1} tokens/s]");
    }
}
