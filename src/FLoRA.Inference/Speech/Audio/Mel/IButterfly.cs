using System.Numerics;

namespace FLoRA.Inference.Speech.Audio.Mel;

/// <summary>The discrete Fourier transform of a few complex numbers, in place. Each number is a vector of lanes that do not meet.</summary>
internal interface IButterfly
{
    static abstract int Radix { get; }

    static abstract void Transform(Span<Vector<double>> re, Span<Vector<double>> im);
}

internal readonly struct Butterfly2 : IButterfly
{
    public static int Radix => 2;

    public static void Transform(Span<Vector<double>> re, Span<Vector<double>> im)
    {
        (re[0], re[1]) = (re[0] + re[1], re[0] - re[1]);
        (im[0], im[1]) = (im[0] + im[1], im[0] - im[1]);
    }
}

internal readonly struct Butterfly4 : IButterfly
{
    public static int Radix => 4;

    public static void Transform(Span<Vector<double>> re, Span<Vector<double>> im)
    {
        Vector<double> sumRe = re[0] + re[2], sumIm = im[0] + im[2], differenceRe = re[0] - re[2], differenceIm = im[0] - im[2];
        Vector<double> oddSumRe = re[1] + re[3], oddSumIm = im[1] + im[3], oddDifferenceRe = re[1] - re[3], oddDifferenceIm = im[1] - im[3];
        (re[0], im[0]) = (sumRe + oddSumRe, sumIm + oddSumIm);
        (re[1], im[1]) = (differenceRe + oddDifferenceIm, differenceIm - oddDifferenceRe);
        (re[2], im[2]) = (sumRe - oddSumRe, sumIm - oddSumIm);
        (re[3], im[3]) = (differenceRe - oddDifferenceIm, differenceIm + oddDifferenceRe);
    }
}

internal readonly struct Butterfly5 : IButterfly
{
    // Cosine and sine of 72 and of 144 degrees.
    private const double Cos1 = 0.30901699437494742, Cos2 = -0.80901699437494742, Sin1 = 0.95105651629515357, Sin2 = 0.58778525229247313;

    public static int Radix => 5;

    public static void Transform(Span<Vector<double>> re, Span<Vector<double>> im)
    {
        Vector<double> nearRe = re[1] + re[4], nearIm = im[1] + im[4], nearDifferenceRe = re[1] - re[4], nearDifferenceIm = im[1] - im[4];
        Vector<double> farRe = re[2] + re[3], farIm = im[2] + im[3], farDifferenceRe = re[2] - re[3], farDifferenceIm = im[2] - im[3];
        Vector<double> oneRe = re[0] + Cos1 * nearRe + Cos2 * farRe, oneIm = im[0] + Cos1 * nearIm + Cos2 * farIm;
        Vector<double> twoRe = re[0] + Cos2 * nearRe + Cos1 * farRe, twoIm = im[0] + Cos2 * nearIm + Cos1 * farIm;
        Vector<double> oneTurnRe = Sin1 * nearDifferenceRe + Sin2 * farDifferenceRe, oneTurnIm = Sin1 * nearDifferenceIm + Sin2 * farDifferenceIm;
        Vector<double> twoTurnRe = Sin2 * nearDifferenceRe - Sin1 * farDifferenceRe, twoTurnIm = Sin2 * nearDifferenceIm - Sin1 * farDifferenceIm;
        (re[0], im[0]) = (re[0] + nearRe + farRe, im[0] + nearIm + farIm);
        (re[1], im[1]) = (oneRe + oneTurnIm, oneIm - oneTurnRe);
        (re[2], im[2]) = (twoRe + twoTurnIm, twoIm - twoTurnRe);
        (re[3], im[3]) = (twoRe - twoTurnIm, twoIm + twoTurnRe);
        (re[4], im[4]) = (oneRe - oneTurnIm, oneIm + oneTurnRe);
    }
}
