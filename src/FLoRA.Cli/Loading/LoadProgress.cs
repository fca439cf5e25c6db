using System.Diagnostics;
using System.Globalization;

namespace FLoRA.Cli.Loading;

/// <summary>Tells how far loading is, once it has taken more than a second. Called from the engine thread.</summary>
internal sealed class LoadProgress(Terminal terminal, string model)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly long _started = Stopwatch.GetTimestamp();
    private int _shownPercent = -1;

    /// <summary>Shows a fraction 0..1: every percent on a screen, every tenth in a log.</summary>
    public void Report(double fraction)
    {
        int percent = (int)(fraction * 100);
        int step = terminal.ErrorIsTerminal ? 1 : 10;
        if (Stopwatch.GetElapsedTime(_started) < Patience || percent < _shownPercent + step && percent < 100 || percent == _shownPercent)
            return;
        _shownPercent = percent;
        string line = string.Create(CultureInfo.InvariantCulture, $"loading {model}: {percent} %");
        terminal.Error.Write(terminal.ErrorIsTerminal ? $"\r{line}{(percent == 100 ? "\n" : "")}" : $"{line}\n");
    }
}
