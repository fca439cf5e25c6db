using System.Numerics;
using System.Runtime.InteropServices;
using FLoRA.Inference.Speech.Audio.Mel;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Log-mel features of a recording, with the silence appended to it, from which windows are cut. Immutable.</summary>
public sealed class RecordingFeatures
{
    private const float RangeDecades = 8;

    // [MelCount, _audibleFrames], row-major; the frames after these are silent.
    private readonly float[] _values;
    private readonly int _audibleFrames;

    /// <param name="values">Values in scale, [mels, frames], row-major; owned by this object from now on. Frames that are not among them are silent.</param>
    /// <param name="melCount">Mel bins.</param>
    /// <param name="frameCount">All frames.</param>
    /// <param name="contentFrames">Whole frames of the recording itself.</param>
    /// <param name="durationSeconds">Length of the recording by its samples.</param>
    internal RecordingFeatures(float[] values, int melCount, int frameCount, int contentFrames, double durationSeconds)
    {
        _values = values;
        _audibleFrames = values.Length / melCount;
        MelCount = melCount;
        FrameCount = frameCount;
        ContentFrames = contentFrames;
        DurationSeconds = durationSeconds;
    }

    /// <summary>Brings a spectrum to scale, in place.</summary>
    internal static RecordingFeatures Of(LogSpectrum spectrum, int frameCount, int contentFrames, double durationSeconds)
    {
        float largest = spectrum.AudibleFrames < frameCount ? LogSpectrum.Silence : float.NegativeInfinity;
        foreach (float value in spectrum.Values)
            largest = Math.Max(largest, value);
        float floor = largest - RangeDecades;
        Scale(spectrum.Values, floor);
        return new RecordingFeatures(spectrum.Values, spectrum.MelCount, frameCount, contentFrames, durationSeconds) { SilentValue = Scaled(Math.Max(LogSpectrum.Silence, floor)) };
    }

    /// <summary>Mel bins.</summary>
    public int MelCount { get; }

    /// <summary>All frames, the appended silence too.</summary>
    public int FrameCount { get; }

    /// <summary>Whole frames of the recording itself.</summary>
    public int ContentFrames { get; }

    /// <summary>Value of every bin of a frame of digital silence.</summary>
    public float SilentValue { get; internal init; }

    /// <summary>Length of the recording by its samples; of a window cut from one, that of the whole.</summary>
    public double DurationSeconds { get; }

    /// <summary>
    /// Frames from <paramref name="startFrame"/> on; those after the first <paramref name="takeFrames"/> are 0, which is not silence, as
    /// openai/whisper fills the last window of a recording.
    /// </summary>
    /// <param name="startFrame">First frame.</param>
    /// <param name="takeFrames">Frames that are taken, at most up to <see cref="FrameCount"/>.</param>
    /// <param name="windowFrames">Frames of the result.</param>
    /// <returns>Shape [<see cref="MelCount"/>, <paramref name="windowFrames"/>], row-major.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The frames are not all within the recording and the window.</exception>
    public float[] Window(int startFrame, int takeFrames, int windowFrames)
    {
        float[] window = new float[(long)MelCount * windowFrames];
        CopyWindow(startFrame, takeFrames, windowFrames, window);
        return window;
    }

    /// <summary>As <see cref="Window"/>, into <paramref name="destination"/> of exactly that size.</summary>
    /// <exception cref="ArgumentException">The frames are not all within the recording and the window, or the size is another.</exception>
    public void CopyWindow(int startFrame, int takeFrames, int windowFrames, Span<float> destination) => CopyWindow(startFrame, takeFrames, windowFrames, destination, fill: 0);

    /// <summary>The same with another value for the frames behind those that are taken.</summary>
    internal void CopyWindow(int startFrame, int takeFrames, int windowFrames, Span<float> destination, float fill)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startFrame);
        ArgumentOutOfRangeException.ThrowIfNegative(takeFrames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(takeFrames, windowFrames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(takeFrames, FrameCount - startFrame);
        if (destination.Length != (long)MelCount * windowFrames)
            throw new ArgumentException($"expected room for {MelCount} x {windowFrames} values, got {destination.Length}", nameof(destination));
        int audible = Math.Clamp(_audibleFrames - startFrame, 0, takeFrames);
        for (int mel = 0; mel < MelCount; mel++)
        {
            Span<float> row = destination.Slice(mel * windowFrames, windowFrames);
            _values.AsSpan(mel * _audibleFrames + Math.Min(startFrame, _audibleFrames), audible).CopyTo(row);
            row[audible..takeFrames].Fill(SilentValue);
            row[takeFrames..].Fill(fill);
        }
    }

    private static float Scaled(float value) => (value + 4) / 4;

    private static void Scale(Span<float> values, float floor)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> floors = new(floor), four = new(4), quarter = new(0.25f);
        foreach (ref Vector<float> vector in vectors)
            vector = (Vector.Max(vector, floors) + four) * quarter;
        foreach (ref float value in values[(vectors.Length * Vector<float>.Count)..])
            value = Scaled(Math.Max(value, floor));
    }
}
