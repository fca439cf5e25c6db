using System.Buffers;

namespace FLoRA.Inference.Speech.Audio.Resampling;

/// <summary>
/// The filters of a rational ratio, one for each of the positions that an output can have between two inputs. Common rates have few and
/// keep them; a rate such as 44,101 Hz has 16,000, which are made again for each output instead: memory stays small.
/// </summary>
internal sealed class PhaseFilters : IDisposable
{
    private const int KeptValues = 1 << 17;

    // Shape [PhaseCount, Length], filled as phases are met; [1, Length] where they are not kept.
    private readonly float[] _factors;
    private readonly bool[]? _isMade;
    private readonly double _scale;

    /// <param name="fromRate">Samples per second that come.</param>
    /// <param name="toRate">Samples per second that are made.</param>
    public PhaseFilters(int fromRate, int toRate)
    {
        int common = Gcd(fromRate, toRate);
        PhaseCount = toRate / common;
        Step = fromRate / common;
        _scale = Math.Min(1, (double)toRate / fromRate);
        HalfLength = (int)Math.Ceiling(SincKernel.Lobes / _scale);
        bool isKept = (long)PhaseCount * Length <= KeptValues;
        _isMade = isKept ? new bool[PhaseCount] : null;
        _factors = ArrayPool<float>.Shared.Rent(isKept ? PhaseCount * Length : Length);
    }

    /// <summary>Output n lies at n x <see cref="Step"/> / PhaseCount inputs.</summary>
    public int PhaseCount { get; }

    /// <summary>See <see cref="PhaseCount"/>.</summary>
    public int Step { get; }

    /// <summary>Inputs before and after an output that it depends on.</summary>
    public int HalfLength { get; }

    /// <summary>Inputs of one output; the first is <see cref="HalfLength"/> - 1 before the input at or just before it.</summary>
    public int Length => 2 * HalfLength;

    /// <summary>The factors of those inputs; valid until the next call.</summary>
    public ReadOnlySpan<float> Of(int phase)
    {
        Span<float> factors = _factors.AsSpan(_isMade is null ? 0 : phase * Length, Length);
        if (_isMade is null || !_isMade[phase])
            Fill(phase, factors);
        if (_isMade is not null)
            _isMade[phase] = true;
        return factors;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<float>.Shared.Return(_factors);

    private void Fill(int phase, Span<float> factors)
    {
        double fraction = (double)phase / PhaseCount, sum = 0;
        for (int tap = 0; tap < factors.Length; tap++)
        {
            factors[tap] = SincKernel.At((tap - HalfLength + 1 - fraction) * _scale);
            sum += factors[tap];
        }

        // A constant stays that constant whatever the phase; cut windows alone would ripple.
        float norm = (float)(1 / sum);
        foreach (ref float factor in factors)
            factor *= norm;
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
