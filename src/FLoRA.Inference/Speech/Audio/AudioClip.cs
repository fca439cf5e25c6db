namespace FLoRA.Inference.Speech.Audio;

/// <summary>A recording as the speech models hear it: one channel at <see cref="SampleRate"/>.</summary>
public sealed record AudioClip
{
    /// <summary>Samples per second.</summary>
    public const int SampleRate = 16_000;

    /// <summary>One channel, full scale is -1 to 1; all finite.</summary>
    public required ReadOnlyMemory<float> Samples { get; init; }

    /// <summary>What the recording was stored as, such as "WAV, 24-bit PCM".</summary>
    public required string SourceFormat { get; init; }

    /// <summary>Samples per second and channel of the stored recording.</summary>
    public required int SourceSampleRate { get; init; }

    /// <summary>Channels of the stored recording; they were mixed down by their mean.</summary>
    public required int SourceChannels { get; init; }

    /// <summary>What was wrong with the recording and tolerated: truncated data, samples that are no numbers. Show them to whoever sent it.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Length by the sample count.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);
}
