using FLoRA.Inference.Speech.Audio;

namespace FLoRA.SemanticKernel;

/// <summary>Limits of recordings, and where ffmpeg is found. WAV, FLAC, MP3 and Ogg Vorbis need no ffmpeg.</summary>
public sealed class FloraAudioOptions
{
    private static readonly AudioReaderOptions Defaults = new();

    /// <summary>Longest recording; compressed silence is small however long it lasts.</summary>
    public TimeSpan MaxDuration { get; set; } = Defaults.MaxDuration;

    /// <summary>Largest encoded recording that is kept in memory or copied to a temporary file, in bytes.</summary>
    public long MaxBytes { get; set; } = Defaults.MaxEncodedBytes;

    /// <summary>Whether formats that are not decoded here are given to ffmpeg.</summary>
    public bool UseFfmpeg { get; set; } = Defaults.UseFfmpeg;

    /// <summary>The ffmpeg program; null: the one on the PATH.</summary>
    public string? FfmpegPath { get; set; }

    /// <summary>How long ffmpeg may take for one recording.</summary>
    public TimeSpan FfmpegTimeout { get; set; } = Defaults.FfmpegTimeout;

    internal FloraAudioOptions Copy() => (FloraAudioOptions)MemberwiseClone();

    internal AudioReader ToReader() => new(new AudioReaderOptions
    {
        MaxDuration = MaxDuration,
        MaxEncodedBytes = MaxBytes,
        UseFfmpeg = UseFfmpeg,
        FfmpegPath = FfmpegPath,
        FfmpegTimeout = FfmpegTimeout,
    });
}
