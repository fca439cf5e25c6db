namespace FLoRA.Inference.Speech.Audio;

/// <summary>A stored recording being decoded, its channels mixed down by their mean. Forward only.</summary>
internal interface IMonoSource : IDisposable
{
    /// <summary>What it is stored as, for people.</summary>
    string Format { get; }

    /// <summary>Samples per second and channel, within <see cref="SourceLimits"/>.</summary>
    int SampleRate { get; }

    /// <summary>Channels in the file.</summary>
    int Channels { get; }

    /// <summary>Fills <paramref name="mono"/> from its start; may give fewer than asked.</summary>
    /// <returns>Number of samples; 0 only at the end.</returns>
    /// <exception cref="AudioFormatException">The data is damaged beyond use.</exception>
    int Read(Span<float> mono, List<string> warnings);
}
