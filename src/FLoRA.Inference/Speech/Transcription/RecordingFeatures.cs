namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Log-mel features of a whole recording with one window of silence appended. Frames are 0.01 s apart.</summary>
internal sealed class RecordingFeatures
{
    /// <summary>Frames per second.</summary>
    public const int FramesPerSecond = 100;

    private readonly float[] _values;

    /// <param name="values">[mels, frames], row-major; owned by this object from now on.</param>
    /// <param name="melCount">Mel bins.</param>
    /// <param name="contentFrameCount">Frames that stand for the recording: samples / 160, rounded down. What lies beyond is appended silence.</param>
    /// <param name="durationSeconds">Length of the recording by its samples.</param>
    public RecordingFeatures(float[] values, int melCount, int contentFrameCount, double durationSeconds)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(melCount);
        ArgumentOutOfRangeException.ThrowIfNegative(contentFrameCount);
        if (!double.IsFinite(durationSeconds) || durationSeconds < 0)
            throw new ArgumentOutOfRangeException(nameof(durationSeconds), durationSeconds, "Expected the length of a recording, 0 or more.");
        if (values.Length % melCount != 0 || values.Length / melCount < contentFrameCount)
            throw new ArgumentException($"Expected {melCount} rows of at least {contentFrameCount} frames, got {values.Length} values.", nameof(values));
        _values = values;
        MelCount = melCount;
        FrameCount = values.Length / melCount;
        ContentFrameCount = contentFrameCount;
        DurationSeconds = durationSeconds;
    }

    /// <summary>Mel bins.</summary>
    public int MelCount { get; }

    /// <summary>Frames with the appended silence.</summary>
    public int FrameCount { get; }

    /// <summary>Frames of the recording itself.</summary>
    public int ContentFrameCount { get; }

    /// <summary>Length of the recording by its samples.</summary>
    public double DurationSeconds { get; }

    /// <summary>Cuts a window out.</summary>
    /// <param name="start">First frame.</param>
    /// <param name="count">Frames that are taken over; the window is filled up with the value 0, which is not silence, as openai/whisper does.</param>
    /// <param name="windowFrameCount">Frames of the window.</param>
    public WindowFeatures Window(int start, int count, int windowFrameCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        if (count < 0 || count > windowFrameCount || start + count > FrameCount)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Expected at most {windowFrameCount} frames, from frame {start} of {FrameCount}.");
        var window = new float[MelCount * windowFrameCount];
        for (int mel = 0; mel < MelCount; mel++)
            _values.AsSpan((mel * FrameCount) + start, count).CopyTo(window.AsSpan(mel * windowFrameCount));
        return new WindowFeatures(window, MelCount, windowFrameCount);
    }
}

/// <summary>Input of the encoder. All requests of one window share one object, so that it need not be encoded twice.</summary>
/// <param name="Values">[mels, frames], row-major; not changed.</param>
/// <param name="MelCount">Mel bins.</param>
/// <param name="FrameCount">Frames: twice the encoder's positions.</param>
internal sealed record WindowFeatures(ReadOnlyMemory<float> Values, int MelCount, int FrameCount);
