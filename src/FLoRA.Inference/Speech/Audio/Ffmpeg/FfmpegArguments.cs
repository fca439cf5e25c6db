using System.Globalization;

namespace FLoRA.Inference.Speech.Audio.Ffmpeg;

/// <summary>
/// The command line of ffmpeg. The demuxer is the one that the first bytes told, and only files and pipes may be opened: a file that is
/// a playlist in disguise leads nowhere. Rate and channels stay as they are; what comes is a WAV file of floats, for our own reader.
/// </summary>
internal static class FfmpegArguments
{
    /// <param name="container">What the file begins as.</param>
    /// <param name="input">Full path of a file of our own.</param>
    /// <param name="maxDuration">No more than this comes, and a second, so that a longer recording can be told from one that fits.</param>
    public static IReadOnlyList<string> Of(AudioContainer container, string input, TimeSpan maxDuration) =>
    [
        "-nostdin", "-hide_banner", "-loglevel", "error",
        "-protocol_whitelist", "file,pipe", "-f", container.Demuxer, "-i", "file:" + input,
        "-map", "0:a:0", "-vn", "-sn", "-dn",
        "-t", Math.Ceiling(maxDuration.TotalSeconds + 1).ToString(CultureInfo.InvariantCulture),
        "-codec:a", "pcm_f32le", "-f", "wav", "pipe:1",
    ];
}
