namespace FLoRA.Inference.Speech.Audio.Resampling;

/// <summary>
/// A low-pass impulse response: sinc under a Kaiser window, <see cref="Lobes"/> zero crossings to each side, time in samples of the slower of
/// the two rates. Flat to 0.91 of that rate's Nyquist frequency, down 90 dB from there on upwards.
/// </summary>
internal static class SincKernel
{
    /// <summary>Half the length, in samples of the slower rate.</summary>
    public const int Lobes = 64;

    // Kaiser's formulas: 90 dB need beta 0.1102 (90 - 8.7), and 2 x 64 samples then give a transition band of 0.089 of Nyquist, which ends at Nyquist.
    private const double Beta = 8.96, Cutoff = 0.9555;
    private const int PointsPerSample = 512;

    // One-sided, with one more point for the interpolation at the far end. Computed once: a Bessel function for each point is dear.
    private static readonly float[] Table = MakeTable();

    /// <summary>The response at <paramref name="time"/>, interpolated (within 1e-6); 0 outside.</summary>
    public static float At(double time)
    {
        double at = Math.Abs(time) * PointsPerSample;
        int index = (int)at;
        if (index >= Table.Length - 1)
            return 0;
        float fraction = (float)(at - index);
        return Table[index] + fraction * (Table[index + 1] - Table[index]);
    }

    private static float[] MakeTable()
    {
        float[] table = new float[Lobes * PointsPerSample + 2];
        double edge = BesselI0(Beta);
        for (int point = 0; point <= Lobes * PointsPerSample; point++)
        {
            double time = (double)point / PointsPerSample, ratio = time / Lobes;
            double window = BesselI0(Beta * Math.Sqrt(Math.Max(0, 1 - ratio * ratio))) / edge;
            double angle = Math.PI * Cutoff * time;
            table[point] = (float)(window * Cutoff * (point == 0 ? 1 : Math.Sin(angle) / angle));
        }

        return table;
    }

    /// <summary>Modified Bessel function of the first kind, order 0, by its power series.</summary>
    private static double BesselI0(double x)
    {
        double sum = 1, term = 1, quarter = x * x / 4;
        for (int k = 1; term > 1e-17 * sum; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}
