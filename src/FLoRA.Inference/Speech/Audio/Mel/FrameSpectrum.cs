using System.Numerics;
using System.Runtime.InteropServices;

namespace FLoRA.Inference.Speech.Audio.Mel;

/// <summary>
/// Power spectra of windowed frames, as many frames at once as a vector has lanes: every lane does the same steps, so nothing is shuffled.
/// The 400 real samples are one transform of 200 complex numbers (Stockham's form, radices 4, 5, 5, 2) and a step that takes them apart.
/// Float64: a bin 80 dB below the loudest of its frame still counts, and float32 would leave it three digits. Not thread-safe.
/// </summary>
internal sealed class FrameSpectrum
{
    /// <summary>Samples of a frame: 25 ms.</summary>
    public const int FrameSamples = 400;

    /// <summary>Frequencies from 0 to 8 kHz in steps of 40 Hz.</summary>
    public const int BinCount = FrameSamples / 2 + 1;

    private const int Half = FrameSamples / 2;

    private static readonly double[] Window = [.. Enumerable.Range(0, FrameSamples).Select(n => 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / FrameSamples))];

    // exp(-2 pi i k / 400); a transform of n points that divides 200 takes every (400 / n)-th.
    private static readonly double[] TurnRe = [.. Enumerable.Range(0, FrameSamples).Select(k => Math.Cos(2 * Math.PI * k / FrameSamples))];
    private static readonly double[] TurnIm = [.. Enumerable.Range(0, FrameSamples).Select(k => -Math.Sin(2 * Math.PI * k / FrameSamples))];

    private readonly Vector<double>[] _power = new Vector<double>[BinCount];
    private Vector<double>[] _re = new Vector<double>[Half], _im = new Vector<double>[Half];
    private Vector<double>[] _nextRe = new Vector<double>[Half], _nextIm = new Vector<double>[Half];

    /// <summary>Frames at once.</summary>
    public static int Lanes => Vector<double>.Count;

    /// <summary>Puts a frame into a lane under the periodic Hann window.</summary>
    public void Load(int lane, ReadOnlySpan<float> frame)
    {
        Span<double> re = MemoryMarshal.Cast<Vector<double>, double>(_re.AsSpan()), im = MemoryMarshal.Cast<Vector<double>, double>(_im.AsSpan());
        int lanes = Lanes, at = lane;
        for (int n = 0; n < FrameSamples; n += 2)
        {
            re[at] = frame[n] * Window[n];
            im[at] = frame[n + 1] * Window[n + 1];
            at += lanes;
        }
    }

    /// <summary>The squared magnitudes of all lanes, <see cref="BinCount"/> of them; valid until the next call. Consumes what was loaded.</summary>
    public ReadOnlySpan<Vector<double>> Power()
    {
        Stage<Butterfly4>(pointCount: 200);
        Stage<Butterfly5>(pointCount: 50);
        Stage<Butterfly5>(pointCount: 10);
        Stage<Butterfly2>(pointCount: 2);
        for (int bin = 0; bin <= Half / 2; bin++)
            TakeApart(bin, Half - bin);
        return _power;
    }

    /// <summary>One stage of Stockham's form: transforms of <paramref name="pointCount"/> points become radix times as many of a radix-th of the length.</summary>
    private void Stage<TButterfly>(int pointCount) where TButterfly : struct, IButterfly
    {
        int radix = TButterfly.Radix, stride = Half / pointCount, rest = pointCount / radix;
        Span<Vector<double>> re = stackalloc Vector<double>[radix], im = stackalloc Vector<double>[radix];
        for (int point = 0; point < rest; point++)
        {
            for (int offset = 0; offset < stride; offset++)
            {
                for (int j = 0; j < radix; j++)
                    (re[j], im[j]) = (_re[offset + stride * (point + j * rest)], _im[offset + stride * (point + j * rest)]);
                TButterfly.Transform(re, im);
                for (int j = 0; j < radix; j++)
                {
                    int turn = point * j * (FrameSamples / pointCount), to = offset + stride * (radix * point + j);
                    _nextRe[to] = re[j] * TurnRe[turn] - im[j] * TurnIm[turn];
                    _nextIm[to] = re[j] * TurnIm[turn] + im[j] * TurnRe[turn];
                }
            }
        }

        (_re, _nextRe) = (_nextRe, _re);
        (_im, _nextIm) = (_nextIm, _im);
    }

    /// <summary>
    /// The transform of even samples + i x odd samples holds both: its part that is symmetric under conjugation belongs to the even ones, E,
    /// the other to the odd ones, O. Bin k of the 400 is E + turn x O, bin 200 - k the conjugate of E - turn x O.
    /// </summary>
    private void TakeApart(int bin, int mirror)
    {
        Vector<double> a = _re[bin], b = _im[bin], c = _re[mirror % Half], d = _im[mirror % Half];
        Vector<double> evenRe = 0.5 * (a + c), evenIm = 0.5 * (b - d), oddRe = 0.5 * (b + d), oddIm = 0.5 * (c - a);
        Vector<double> turnedRe = oddRe * TurnRe[bin] - oddIm * TurnIm[bin], turnedIm = oddRe * TurnIm[bin] + oddIm * TurnRe[bin];
        _power[bin] = Square(evenRe + turnedRe) + Square(evenIm + turnedIm);
        _power[mirror] = Square(evenRe - turnedRe) + Square(evenIm - turnedIm);
    }

    private static Vector<double> Square(Vector<double> x) => x * x;
}
