namespace FLoRA.Inference.Speech.Audio;

/// <summary>Limits of <see cref="AudioReader"/>, and where it finds ffmpeg.</summary>
public sealed record AudioReaderOptions
{
    /// <summary>Longest recording that is read, 4 hours by default (920 MB of samples): compressed silence is small however long it lasts.</summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Largest encoded recording that is kept in memory or copied to a temporary file, 1 GiB by default. WAV and FLAC files are read where they lie.</summary>
    public long MaxEncodedBytes { get; init; } = 1L << 30;

    /// <summary>Whether formats that are not decoded here are given to ffmpeg.</summary>
    public bool UseFfmpeg { get; init; } = true;

    /// <summary>The ffmpeg program; null: the one on the PATH.</summary>
    public string? FfmpegPath { get; init; }

    /// <summary>How long ffmpeg may take for one recording.</summary>
    public TimeSpan FfmpegTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
