using System.Diagnostics.CodeAnalysis;

namespace FLoRA.Inference.Speech.Audio.Flac;

/// <summary>The samples of one channel of a frame: a constant, as they are, or what a predictor leaves over (RFC 9639, section 9.2).</summary>
internal static class FlacSubframe
{
    private const int LargestOrder = 32;

    // The fixed predictors are the differences of order 0 to 4.
    private static readonly int[][] FixedFactors = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

    /// <summary>Fills <paramref name="samples"/>.</summary>
    /// <param name="bits">Stands at the subframe's first bit.</param>
    /// <param name="width">Bits of a sample, one more for a difference of channels.</param>
    /// <param name="samples">As many as the frame has.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="EndOfStreamException">The file ends within it.</exception>
    public static void Read(FlacBits bits, int width, Span<long> samples)
    {
        if (bits.Read(1) != 0)
            Damaged("a subframe does not begin with 0");
        int type = (int)bits.Read(6), wasted = bits.Read(1) == 1 ? bits.ReadUnary() + 1 : 0;
        width -= wasted;
        if (width < 1)
            Damaged("a subframe wastes all its bits");
        switch (type)
        {
            case 0:
                samples.Fill(bits.ReadSigned(width));
                break;
            case 1:
                ReadPlain(bits, width, samples);
                break;
            case >= 8 and <= 12:
                ReadPredicted(bits, width, type - 8, isFixed: true, samples);
                break;
            case >= 32:
                ReadPredicted(bits, width, type - 31, isFixed: false, samples);
                break;
            default:
                Damaged("a subframe has a reserved type");
                break;
        }

        if (wasted > 0)
        {
            foreach (ref long sample in samples)
                sample <<= wasted;
        }
    }

    private static void ReadPlain(FlacBits bits, int width, Span<long> samples)
    {
        foreach (ref long sample in samples)
            sample = bits.ReadSigned(width);
    }

    private static void ReadPredicted(FlacBits bits, int width, int order, bool isFixed, Span<long> samples)
    {
        if (order > samples.Length)
            Damaged("a predictor is longer than its block");
        ReadPlain(bits, width, samples[..order]);
        Span<int> factors = stackalloc int[LargestOrder];
        int shift = 0;
        if (isFixed)
        {
            FixedFactors[order].CopyTo(factors);
        }
        else
        {
            int precision = (int)bits.Read(4) + 1;
            shift = (int)bits.ReadSigned(5);
            if (precision == 16 || shift < 0)
                Damaged("a predictor has a reserved precision or shift");
            foreach (ref int factor in factors[..order])
                factor = (int)bits.ReadSigned(precision);
        }

        FlacResidual.Read(bits, order, samples);
        Predict(factors[..order], shift, samples);
    }

    /// <summary>Adds to each sample what those before it foretell; <paramref name="factors"/> begin with that of the nearest.</summary>
    private static void Predict(ReadOnlySpan<int> factors, int shift, Span<long> samples)
    {
        for (int at = factors.Length; at < samples.Length; at++)
        {
            ReadOnlySpan<long> before = samples[(at - factors.Length)..at];
            long sum = 0;
            for (int back = 0; back < factors.Length; back++)
                sum += factors[back] * before[before.Length - 1 - back];
            samples[at] += sum >> shift;
        }
    }

    [DoesNotReturn]
    private static void Damaged(string problem) => throw new InvalidDataException(problem);
}
