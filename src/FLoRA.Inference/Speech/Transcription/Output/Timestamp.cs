using System.Globalization;

namespace FLoRA.Inference.Speech.Transcription.Output;

/// <summary>Times as subtitles write them.</summary>
internal static class Timestamp
{
    /// <summary>[hours:]minutes:seconds and milliseconds, rounded half to even.</summary>
    /// <param name="seconds">0 or more.</param>
    /// <param name="alwaysHours">False: hours only where there is one.</param>
    /// <param name="decimalMark">Before the milliseconds.</param>
    public static string Format(double seconds, bool alwaysHours, char decimalMark)
    {
        long milliseconds = (long)Math.Round(seconds * 1000);
        (long hours, milliseconds) = Math.DivRem(milliseconds, 3_600_000);
        (long minutes, milliseconds) = Math.DivRem(milliseconds, 60_000);
        (long whole, milliseconds) = Math.DivRem(milliseconds, 1000);
        string before = alwaysHours || hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours:00}:") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{before}{minutes:00}:{whole:00}{decimalMark}{milliseconds:000}");
    }
}
