using System.Buffers;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Gathers samples whose number is not known beforehand, in rented pieces; memory follows what came, never what a header claims.</summary>
internal sealed class SampleCollector(TimeSpan maxDuration) : IDisposable
{
    private const int FirstPieceSamples = 4096, LargestPieceSamples = 1 << 20;

    private readonly long _limitSamples = (long)Math.Min(maxDuration.TotalSeconds * AudioClip.SampleRate, Array.MaxLength);
    private readonly List<float[]> _full = [];
    private float[] _piece = [];
    private int _used;
    private long _fullSamples;

    /// <summary>Samples so far.</summary>
    public long Count => _fullSamples + _used;

    /// <summary>Appends.</summary>
    /// <exception cref="AudioFormatException">The recording is longer than allowed.</exception>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (Count + samples.Length > _limitSamples)
            throw new AudioFormatException($"the recording is longer than {maxDuration}, the limit set by {nameof(AudioReaderOptions)}.{nameof(AudioReaderOptions.MaxDuration)}");
        while (!samples.IsEmpty)
        {
            if (_used == _piece.Length)
                Grow();
            int count = Math.Min(samples.Length, _piece.Length - _used);
            samples[..count].CopyTo(_piece.AsSpan(_used));
            samples = samples[count..];
            _used += count;
        }
    }

    /// <summary>All samples in one array.</summary>
    public float[] ToArray()
    {
        float[] all = new float[Count];
        int at = 0;
        foreach (float[] piece in _full)
        {
            piece.CopyTo(all, at);
            at += piece.Length;
        }

        _piece.AsSpan(0, _used).CopyTo(all.AsSpan(at));
        return all;
    }

    /// <summary>Gives the pieces back.</summary>
    public void Dispose()
    {
        foreach (float[] piece in _full)
            ArrayPool<float>.Shared.Return(piece);
        if (_piece.Length > 0)
            ArrayPool<float>.Shared.Return(_piece);
        _full.Clear();
        _piece = [];
    }

    private void Grow()
    {
        if (_piece.Length > 0)
        {
            _full.Add(_piece);
            _fullSamples += _piece.Length;
        }

        _piece = ArrayPool<float>.Shared.Rent(_piece.Length == 0 ? FirstPieceSamples : Math.Min(2 * _piece.Length, LargestPieceSamples));
        _used = 0;
    }
}
