using FLoRA.Inference.Speech.Audio.Mel;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>
/// The log-mel spectrogram as openai/whisper computes it (<c>log_mel_spectrogram</c>): frames of 400 samples every 160, reflected ends, a
/// periodic Hann window, power, Slaney's mel bins, log10 of at least 1e-10, at least the maximum minus 8, (x + 4) / 4. Thread-safe.
/// </summary>
public sealed class LogMel
{
    /// <summary>Frames per second.</summary>
    public const int FramesPerSecond = AudioClip.SampleRate / SamplesPerFrame;

    /// <summary>Samples from one frame to the next: 10 ms.</summary>
    public const int SamplesPerFrame = LogSpectrum.HopSamples;

    // A frame reaches 200 samples to each side, and a signal cannot be mirrored further than its length.
    private const int LeastFrames = 2;

    private readonly MelFilters _filters;

    /// <param name="melCount">Mel bins: 80, or 128 for large-v3 and turbo.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="melCount"/> is not from 1 to 200.</exception>
    public LogMel(int melCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(melCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(melCount, FrameSpectrum.BinCount - 1);
        _filters = new MelFilters(melCount);
    }

    /// <summary>Mel bins.</summary>
    public int MelCount => _filters.Count;

    /// <summary>One window: the samples cut, or padded with silence, to <paramref name="frameCount"/> frames first.</summary>
    /// <param name="samples">One channel at <see cref="AudioClip.SampleRate"/>.</param>
    /// <param name="frameCount">Frames of the window, 3000 for 30 s.</param>
    /// <returns>Shape [<see cref="MelCount"/>, <paramref name="frameCount"/>], row-major.</returns>
    /// <exception cref="ArgumentException">A sample is not finite, or there are fewer than 2 frames.</exception>
    public float[] Compute(ReadOnlySpan<float> samples, int frameCount) => ComputeWindow(samples, frameCount).Window(0, frameCount, frameCount);

    /// <summary>The same before it is cut, with the recording's frames and length: only the first <paramref name="frameCount"/> frames of it count.</summary>
    internal RecordingFeatures ComputeWindow(ReadOnlySpan<float> samples, int frameCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frameCount, LeastFrames);
        Check(samples);
        double durationSeconds = SecondsOf(samples);
        long windowSamples = (long)frameCount * SamplesPerFrame;
        if (samples.Length > windowSamples)
            samples = samples[..(int)windowSamples];
        return RecordingFeatures.Of(LogSpectrum.Of(samples, windowSamples, frameCount, _filters), frameCount, samples.Length / SamplesPerFrame, durationSeconds);
    }

    /// <summary>
    /// A whole recording at once, as <c>transcribe</c> does: a window of silence is appended, and the floor is the maximum over the recording
    /// minus 8. Windows are cut from the result.
    /// </summary>
    /// <param name="samples">One channel at <see cref="AudioClip.SampleRate"/>, of any length.</param>
    /// <param name="windowFrames">Frames of a window, 3000 for 30 s.</param>
    /// <exception cref="ArgumentException">A sample is not finite, or there are fewer than 2 frames.</exception>
    public RecordingFeatures ComputeRecording(ReadOnlySpan<float> samples, int windowFrames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowFrames, LeastFrames);
        Check(samples);
        long signalSamples = samples.Length + (long)windowFrames * SamplesPerFrame;
        int frameCount = (int)(signalSamples / SamplesPerFrame);
        return RecordingFeatures.Of(LogSpectrum.Of(samples, signalSamples, frameCount, _filters), frameCount, frameCount - windowFrames, SecondsOf(samples));
    }

    private static double SecondsOf(ReadOnlySpan<float> samples) => samples.Length / (double)AudioClip.SampleRate;

    private static void Check(ReadOnlySpan<float> samples)
    {
        if (SampleGuard.FirstUnusable(samples) is >= 0 and var at)
            throw new ArgumentException($"sample {at}: expected a finite number of at most {SampleGuard.LargestMagnitude:g}, got {samples[at]}", nameof(samples));
    }
}
