namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Rotary positions, half-split form (Su et al. 2021): x * cos + rotate_half(x) * sin.</summary>
internal sealed unsafe class PackedRotary : IDisposable
{
    private readonly NativeBuffer _angles;
    private readonly int _half;

    /// <param name="inverseFrequencies">[head dim / 2], scaled.</param>
    /// <param name="positions">Positions.</param>
    public PackedRotary(IReadOnlyList<double> inverseFrequencies, int positions)
    {
        _half = inverseFrequencies.Count;
        _angles = new NativeBuffer(2L * positions * _half);
        float* next = _angles.Start;
        for (int position = 0; position < positions; position++, next += 2 * _half)
        {
            for (int i = 0; i < _half; i++)
                (next[_half + i], next[i]) = MathF.SinCos(position * (float)inverseFrequencies[i]); // float32, as transformers does
        }
    }

    /// <summary>Rotates a head in place.</summary>
    public void Rotate(float* head, int position)
    {
        float* cosines = _angles.Start + (2L * position * _half), sines = cosines + _half;
        for (int i = 0; i < _half; i++)
        {
            float first = head[i], second = head[_half + i];
            head[i] = (first * cosines[i]) - (second * sines[i]);
            head[_half + i] = (second * cosines[i]) + (first * sines[i]);
        }
    }

    public void Dispose() => _angles.Dispose();
}
