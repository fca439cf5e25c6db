namespace FLoRA.Inference.Speech.Audio;

/// <summary>What a header may claim; beyond it the file is damaged or hostile.</summary>
internal static class SourceLimits
{
    public const int LeastSampleRate = 2_000, LargestSampleRate = 384_000, LargestChannelCount = 256;

    /// <summary>Refuses a rate or a number of channels that no recording has.</summary>
    /// <exception cref="AudioFormatException">One of them is outside the limits.</exception>
    public static void Check(string format, long sampleRate, int channels)
    {
        if (channels is < 1 or > LargestChannelCount)
            throw new AudioFormatException($"{format}: expected 1 to {LargestChannelCount} channels, got {channels}");
        if (sampleRate is < LeastSampleRate or > LargestSampleRate)
            throw new AudioFormatException($"{format}: expected a sample rate of {LeastSampleRate} to {LargestSampleRate} Hz, got {sampleRate}");
    }
}
