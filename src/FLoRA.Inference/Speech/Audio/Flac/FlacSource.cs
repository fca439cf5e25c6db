using System.Buffers;

namespace FLoRA.Inference.Speech.Audio.Flac;

/// <summary>The samples of a FLAC file (RFC 9639), decoded frame by frame, every checksum compared.</summary>
internal sealed class FlacSource : IMonoSource
{
    private readonly FlacBits _bits;
    private readonly FlacStreamInfo _info;
    private readonly long[]?[] _channels;
    private long _decoded;
    private int _blockSize, _given;
    private bool _ended;

    /// <summary>Reads the metadata. The stream stays the caller's.</summary>
    /// <exception cref="AudioFormatException">It is no FLAC file, or it ends within its metadata.</exception>
    public FlacSource(Stream stream)
    {
        _bits = new FlacBits(stream);
        try
        {
            _info = FlacStreamInfo.Read(_bits);
        }
        catch (EndOfStreamException failure)
        {
            _bits.Dispose();
            throw new AudioFormatException("FLAC: the file ends within its metadata", failure);
        }
        catch
        {
            _bits.Dispose();
            throw;
        }

        _channels = new long[_info.Channels][];
    }

    /// <inheritdoc/>
    public string Format => $"FLAC, {_info.Bits}-bit";

    /// <inheritdoc/>
    public int SampleRate => _info.SampleRate;

    /// <inheritdoc/>
    public int Channels => _info.Channels;

    /// <inheritdoc/>
    public int Read(Span<float> mono, List<string> warnings)
    {
        if (_given == _blockSize && (_ended || !ReadFrame(warnings)))
            return 0;
        int count = Math.Min(mono.Length, _blockSize - _given);
        MixDown(mono[..count]);
        _given += count;
        return count;
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _bits.Dispose();
        foreach (long[]? channel in _channels)
        {
            if (channel is not null)
                ArrayPool<long>.Shared.Return(channel);
        }
    }

    /// <returns>False: there is none, or it is damaged, which ends the recording with a warning.</returns>
    private bool ReadFrame(List<string> warnings)
    {
        _given = _blockSize = 0;
        try
        {
            if (!_bits.AtEnd && (_info.SampleCount == 0 || _decoded < _info.SampleCount))
            {
                DecodeFrame();
                _decoded += _blockSize;
                return true;
            }

            if (_decoded < _info.SampleCount)
                warnings.Add($"FLAC: the header claims {_info.SampleCount} samples, the file has {_decoded}: it is truncated");
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException)
        {
            if (_decoded == 0)
                throw new AudioFormatException($"FLAC: {failure.Message}", failure);
            warnings.Add(FormattableString.Invariant($"FLAC: damaged after {(double)_decoded / SampleRate:0.###} s ({failure.Message}): the rest is left out"));
        }

        _ended = true;
        return false;
    }

    private void DecodeFrame()
    {
        FlacFrameHeader header = FlacFrameHeader.Read(_bits, _info);
        for (int channel = 0; channel < header.Channels; channel++)
        {
            // The difference of two channels needs one more bit.
            bool isSide = header.Assignment == FlacFrameHeader.SideRight ? channel == 0 : header.Assignment >= FlacFrameHeader.LeftSide && channel == 1;
            FlacSubframe.Read(_bits, header.Bits + (isSide ? 1 : 0), Buffer(channel, header.BlockSize));
        }

        _bits.Align();
        ushort expected = _bits.Crc16;
        if (_bits.Read(16) != expected)
            throw new InvalidDataException("the checksum of a frame is wrong");
        if (header.Assignment >= FlacFrameHeader.LeftSide)
            Separate(header.Assignment, Buffer(0, header.BlockSize), Buffer(1, header.BlockSize));
        _blockSize = header.BlockSize;
    }

    private Span<long> Buffer(int channel, int count)
    {
        if (_channels[channel] is not { } buffer || buffer.Length < count)
        {
            if (_channels[channel] is { } small)
                ArrayPool<long>.Shared.Return(small);
            _channels[channel] = buffer = ArrayPool<long>.Shared.Rent(count);
        }

        return buffer.AsSpan(0, count);
    }

    private static void Separate(int assignment, Span<long> first, Span<long> second)
    {
        for (int at = 0; at < first.Length; at++)
        {
            (long a, long b) = (first[at], second[at]);
            if (assignment == FlacFrameHeader.LeftSide)
            {
                second[at] = a - b;
            }
            else if (assignment == FlacFrameHeader.SideRight)
            {
                first[at] = a + b;
            }
            else
            {
                // Mid is half the sum, rounded down; the sum is odd where the difference is.
                long sum = (a << 1) | (b & 1);
                (first[at], second[at]) = ((sum + b) >> 1, (sum - b) >> 1);
            }
        }
    }

    private void MixDown(Span<float> mono)
    {
        double scale = 1 / (Math.Pow(2, _info.Bits - 1) * _info.Channels);
        for (int at = 0; at < mono.Length; at++)
        {
            long sum = 0;
            foreach (long[]? channel in _channels)
                sum += channel![_given + at];
            mono[at] = (float)(sum * scale);
        }
    }
}
