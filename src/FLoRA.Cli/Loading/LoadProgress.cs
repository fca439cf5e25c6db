using System.Globalization;

namespace FLoRA.Cli.Loading;

/// <summary>Tells how far loading is, once it has taken more than a second. Called from the engine thread.</summary>
/// <param name="terminal">Where the log goes.</param>
/// <param name="model">Name shown.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadProgress(Terminal terminal, string model, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ScreenInterval = TimeSpan.FromMilliseconds(100);

    private readonly long _started = time.GetTimestamp();
    private TimeSpan _shownAt;

    /// <summary>Shows a fraction 0..1: a line that is rewritten on a screen, a line per second in a log.</summary>
    public void Report(double fraction)
    {
        TimeSpan elapsed = time.GetElapsedTime(_started);
        bool done = fraction >= 1;
        bool shown = _shownAt > TimeSpan.Zero;
        if (elapsed < Patience || elapsed - _shownAt < (terminal.ErrorIsTerminal ? ScreenInterval : Patience) && !(done && shown))
            return;
        _shownAt = elapsed;
        string line = string.Create(CultureInfo.InvariantCulture, $"loading {model}: {fraction * 100:F0} %");
        terminal.Error.Write(terminal.ErrorIsTerminal ? $"\r{line}{(done ? "\n" : "")}" : $"{line}\n");
    }
}
