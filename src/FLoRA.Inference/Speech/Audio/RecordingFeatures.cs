using System.Numerics;
using System.Runtime.InteropServices;
using FLoRA.Inference.Speech.Audio.Mel;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Log-mel features of a recording, with the silence appended to it, from which windows are cut. Immutable.</summary>
public sealed class RecordingFeatures
{
    private const float RangeDecades = 8;

    private readonly LogSpectrum _spectrum;

    internal RecordingFeatures(LogSpectrum spectrum, int frameCount, int contentFrames)
    {
        _spectrum = spectrum;
        FrameCount = frameCount;
        ContentFrames = contentFrames;
        float largest = spectrum.AudibleFrames < frameCount ? LogSpectrum.Silence : float.NegativeInfinity;
        foreach (float value in spectrum.Values)
            largest = Math.Max(largest, value);
        float floor = largest - RangeDecades;
        Scale(spectrum.Values, floor);
        SilentValue = Scaled(Math.Max(LogSpectrum.Silence, floor));
    }

    /// <summary>Mel bins.</summary>
    public int MelCount => _spectrum.MelCount;

    /// <summary>All frames, the appended silence too.</summary>
    public int FrameCount { get; }

    /// <summary>Whole frames of the recording itself.</summary>
    public int ContentFrames { get; }

    /// <summary>Value of every bin of a frame of digital silence.</summary>
    public float SilentValue { get; }

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
    public void CopyWindow(int startFrame, int takeFrames, int windowFrames, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startFrame);
        ArgumentOutOfRangeException.ThrowIfNegative(takeFrames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(takeFrames, windowFrames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(takeFrames, FrameCount - startFrame);
        if (destination.Length != (long)MelCount * windowFrames)
            throw new ArgumentException($"expected room for {MelCount} x {windowFrames} values, got {destination.Length}", nameof(destination));
        int audible = Math.Clamp(_spectrum.AudibleFrames - startFrame, 0, takeFrames);
        for (int mel = 0; mel < MelCount; mel++)
        {
            Span<float> row = destination.Slice(mel * windowFrames, windowFrames);
            _spectrum.Values.AsSpan(mel * _spectrum.AudibleFrames + Math.Min(startFrame, _spectrum.AudibleFrames), audible).CopyTo(row);
            row[audible..takeFrames].Fill(SilentValue);
            row[takeFrames..].Clear();
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
