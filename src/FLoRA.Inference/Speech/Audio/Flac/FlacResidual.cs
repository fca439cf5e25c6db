namespace FLoRA.Inference.Speech.Audio.Flac;

/// <summary>What a predictor leaves over, in Rice codes whose parameter changes from part to part of the block (RFC 9639, section 9.2.7).</summary>
internal static class FlacResidual
{
    // No residual needs more than 32 bits.
    private const long LargestQuotient = 1L << 32;

    /// <summary>Fills <paramref name="samples"/> from <paramref name="order"/> on.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="EndOfStreamException">The file ends within it.</exception>
    public static void Read(FlacBits bits, int order, Span<long> samples)
    {
        int method = (int)bits.Read(2);
        if (method > 1)
            throw new InvalidDataException("a residual has a reserved coding");
        int parameterBits = 4 + method, escape = (1 << parameterBits) - 1;
        int partOrder = (int)bits.Read(4), partSamples = samples.Length >> partOrder;
        if (partSamples << partOrder != samples.Length || partSamples < order)
            throw new InvalidDataException($"a block of {samples.Length} samples cannot be parted by 2^{partOrder}");
        for (int start = order, end = partSamples; end <= samples.Length; start = end, end += partSamples)
        {
            int parameter = (int)bits.Read(parameterBits);
            if (parameter == escape)
                ReadPlain(bits, (int)bits.Read(5), samples[start..end]);
            else
                ReadRice(bits, parameter, samples[start..end]);
        }
    }

    private static void ReadPlain(FlacBits bits, int width, Span<long> part)
    {
        foreach (ref long value in part)
            value = width == 0 ? 0 : bits.ReadSigned(width);
    }

    private static void ReadRice(FlacBits bits, int parameter, Span<long> part)
    {
        foreach (ref long value in part)
        {
            long folded = ((long)bits.ReadUnary() << parameter) | bits.Read(parameter);
            if (folded >= LargestQuotient)
                throw new InvalidDataException("a residual is larger than any sample");
            value = (folded >> 1) ^ -(folded & 1);
        }
    }
}
