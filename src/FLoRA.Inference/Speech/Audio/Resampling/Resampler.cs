using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FLoRA.Inference.Speech.Audio.Resampling;

/// <summary>
/// Band-limited resampling by any rational ratio, fed in blocks. Output n lies at the time of input n x from / to, so nothing is delayed;
/// there are ceil(inputs x to / from) outputs. Before the start and after the end there is silence.
/// </summary>
internal sealed class Resampler : IDisposable
{
    private const int BlockSamples = 8192;

    private readonly PhaseFilters _filters;
    private readonly float[] _window;
    private int _windowCount;
    private long _inputCount, _outputCount;

    // Of the next output: its first input counted from the start of the window, and its place between two inputs.
    private int _next, _phase;

    public Resampler(int fromRate, int toRate)
    {
        _filters = new PhaseFilters(fromRate, toRate);
        _window = ArrayPool<float>.Shared.Rent(_filters.Length + Math.Max(BlockSamples, _filters.HalfLength));
        _windowCount = _filters.HalfLength - 1;
        _window.AsSpan(0, _windowCount).Clear();
    }

    /// <summary>Takes what comes next and adds the outputs that are complete.</summary>
    public void Add(ReadOnlySpan<float> input, SampleCollector output)
    {
        _inputCount += input.Length;
        Feed(input, output, long.MaxValue);
    }

    /// <summary>Adds the last outputs.</summary>
    public void Finish(SampleCollector output)
    {
        long total = (_inputCount * _filters.PhaseCount + _filters.Step - 1) / _filters.Step;
        Span<float> silence = stackalloc float[256];
        silence.Clear();
        while (_outputCount < total)
            Feed(silence, output, total);
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _filters.Dispose();
        ArrayPool<float>.Shared.Return(_window);
    }

    private void Feed(ReadOnlySpan<float> input, SampleCollector output, long limit)
    {
        while (!input.IsEmpty)
        {
            DropUsed();
            int count = Math.Min(input.Length, _window.Length - _windowCount);
            input[..count].CopyTo(_window.AsSpan(_windowCount));
            _windowCount += count;
            input = input[count..];
            Produce(output, limit);
        }
    }

    private void DropUsed()
    {
        int used = Math.Min(_next, _windowCount);
        _window.AsSpan(used, _windowCount - used).CopyTo(_window);
        _windowCount -= used;
        _next -= used;
    }

    private void Produce(SampleCollector output, long limit)
    {
        const int mostAtOnce = 512;
        Span<float> made = stackalloc float[mostAtOnce];
        int count = 0;
        while (_next + _filters.Length <= _windowCount && _outputCount < limit)
        {
            made[count++] = Dot(_filters.Of(_phase), _window.AsSpan(_next, _filters.Length));
            _outputCount++;
            _phase += _filters.Step;
            _next += Math.DivRem(_phase, _filters.PhaseCount, out _phase);
            if (count == mostAtOnce)
            {
                output.Add(made);
                count = 0;
            }
        }

        output.Add(made[..count]);
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        int width = Vector<float>.Count, at = 0;
        ref float x = ref MemoryMarshal.GetReference(a), y = ref MemoryMarshal.GetReference(b);
        Vector<float> even = Vector<float>.Zero, odd = Vector<float>.Zero;
        for (; at <= a.Length - 2 * width; at += 2 * width)
        {
            even += Vector.LoadUnsafe(ref x, (nuint)at) * Vector.LoadUnsafe(ref y, (nuint)at);
            odd += Vector.LoadUnsafe(ref x, (nuint)(at + width)) * Vector.LoadUnsafe(ref y, (nuint)(at + width));
        }

        float sum = Vector.Sum(even + odd);
        for (; at < a.Length; at++)
            sum += a[at] * b[at];
        return sum;
    }
}
