namespace FLoRA.Inference.Speech.Audio.Mel;

/// <summary>
/// The triangles that sum a power spectrum into mel bins, on Slaney's scale (linear below 1 kHz, logarithmic above), each of area 1:
/// the values of <c>librosa.filters.mel(sr=16000, n_fft=400)</c>, which openai/whisper ships. Only the bins inside a triangle are kept.
/// </summary>
internal sealed class MelFilters
{
    private const double HertzPerMel = 200.0 / 3, BreakHertz = 1000, BreakMel = BreakHertz / HertzPerMel;
    private const double LargestHertz = AudioClip.SampleRate / 2.0, HertzPerBin = (double)AudioClip.SampleRate / FrameSpectrum.FrameSamples;

    // Above 1 kHz 27 mels are a factor of 6.4.
    private static readonly double LogStep = Math.Log(6.4) / 27;

    private readonly int[] _firstBin;
    private readonly float[][] _weights;

    public MelFilters(int melCount)
    {
        _firstBin = new int[melCount];
        _weights = new float[melCount][];
        double step = Mel(LargestHertz) / (melCount + 1);
        for (int mel = 0; mel < melCount; mel++)
        {
            double low = Hertz(mel * step), peak = Hertz((mel + 1) * step), high = Hertz((mel + 2) * step);
            int first = (int)Math.Floor(low / HertzPerBin) + 1, end = Math.Min((int)Math.Ceiling(high / HertzPerBin), FrameSpectrum.BinCount);
            _firstBin[mel] = first;
            _weights[mel] = new float[Math.Max(0, end - first)];
            for (int bin = first; bin < end; bin++)
            {
                double hertz = bin * HertzPerBin;
                _weights[mel][bin - first] = (float)(Math.Min((hertz - low) / (peak - low), (high - hertz) / (high - peak)) * 2 / (high - low));
            }
        }
    }

    /// <summary>Number of triangles.</summary>
    public int Count => _weights.Length;

    /// <summary>The first spectrum bin inside a triangle.</summary>
    public int FirstBin(int mel) => _firstBin[mel];

    /// <summary>The factors of that bin and those after it.</summary>
    public ReadOnlySpan<float> Weights(int mel) => _weights[mel];

    private static double Mel(double hertz) => hertz < BreakHertz ? hertz / HertzPerMel : BreakMel + Math.Log(hertz / BreakHertz) / LogStep;

    private static double Hertz(double mel) => mel < BreakMel ? mel * HertzPerMel : BreakHertz * Math.Exp((mel - BreakMel) * LogStep);
}
