using System.Numerics;

namespace FLoRA.Inference.Speech.Audio.Mel;

/// <summary>
/// Mel powers of a signal as logarithms, before they are brought to scale. The signal is the samples and silence up to a length; frame t is
/// centred on sample t x 160, and the signal is mirrored at both ends.
/// </summary>
internal sealed class LogSpectrum
{
    public const int HopSamples = 160;

    private const int FrameSamples = FrameSpectrum.FrameSamples, Reach = FrameSamples / 2;
    private const double Floor = 1e-10;

    private LogSpectrum(float[] values, int melCount, int audibleFrames)
    {
        Values = values;
        MelCount = melCount;
        AudibleFrames = audibleFrames;
    }

    /// <summary>Value of a frame of pure silence: log10 of the floor.</summary>
    public const float Silence = -10;

    /// <summary>Shape [MelCount, AudibleFrames], row-major.</summary>
    public float[] Values { get; }

    /// <summary>Rows.</summary>
    public int MelCount { get; }

    /// <summary>Frames that reach some sample; those after them are <see cref="Silence"/>.</summary>
    public int AudibleFrames { get; }

    /// <summary>Transforms the first <paramref name="frameCount"/> frames.</summary>
    /// <param name="samples">What is not silence.</param>
    /// <param name="signalSamples">Length with silence, more than 200 and not less than the samples.</param>
    /// <param name="frameCount">At most signalSamples / 160.</param>
    /// <param name="filters">The mel bins.</param>
    public static LogSpectrum Of(ReadOnlySpan<float> samples, long signalSamples, int frameCount, MelFilters filters)
    {
        // A frame that sees samples in the mirror at the far end begins before their end, so these are all that are not silent.
        int audible = samples.IsEmpty ? 0 : (int)Math.Min(frameCount, (samples.Length + Reach + HopSamples - 1L) / HopSamples);
        float[] values = new float[(long)filters.Count * audible];
        FrameSpectrum spectrum = new();
        Span<float> mirrored = stackalloc float[FrameSamples];
        for (int first = 0; first < audible; first += FrameSpectrum.Lanes)
        {
            int lanes = Math.Min(FrameSpectrum.Lanes, audible - first);
            for (int lane = 0; lane < FrameSpectrum.Lanes; lane++)
                spectrum.Load(lane, Frame(samples, signalSamples, first + Math.Min(lane, lanes - 1), mirrored));
            Store(spectrum.Power(), filters, values, audible, first, lanes);
        }

        return new LogSpectrum(values, filters.Count, audible);
    }

    private static ReadOnlySpan<float> Frame(ReadOnlySpan<float> samples, long signalSamples, int frame, Span<float> mirrored)
    {
        long start = (long)frame * HopSamples - Reach;
        if (start >= 0 && start + FrameSamples <= samples.Length)
            return samples.Slice((int)start, FrameSamples);
        for (int n = 0; n < FrameSamples; n++)
        {
            long at = Math.Abs(start + n);
            if (at >= signalSamples)
                at = 2 * (signalSamples - 1) - at;
            mirrored[n] = at < samples.Length ? samples[(int)at] : 0;
        }

        return mirrored;
    }

    private static void Store(ReadOnlySpan<Vector<double>> power, MelFilters filters, float[] values, int stride, int firstFrame, int lanes)
    {
        Vector<double> floor = new(Floor), perDecade = new(1 / Math.Log(10));
        for (int mel = 0; mel < filters.Count; mel++)
        {
            Vector<double> sum = Vector<double>.Zero;
            ReadOnlySpan<float> weights = filters.Weights(mel);
            ReadOnlySpan<Vector<double>> bins = power.Slice(filters.FirstBin(mel), weights.Length);
            for (int bin = 0; bin < weights.Length; bin++)
                sum += bins[bin] * weights[bin];
            Vector<double> logs = Vector.Log(Vector.Max(sum, floor)) * perDecade;
            int at = mel * stride + firstFrame;
            for (int lane = 0; lane < lanes; lane++)
                values[at + lane] = (float)logs[lane];
        }
    }
}
