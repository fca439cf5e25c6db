using System.Buffers.Binary;
using System.Text;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>What is tolerated with a warning, what silently because it is usual, and what is refused.</summary>
public sealed class WavDamageTests
{
    private static readonly byte[] Ramp = [.. Enumerable.Range(0, 1000).SelectMany(value => new[] { (byte)value, (byte)(value >> 8) })];

    [Fact]
    public void Truncated_data_is_read_as_far_as_it_goes_with_a_warning()
    {
        AudioClip clip = WavFormatTests.Read(new WavFile { Data = Ramp }.Bytes()[..1045]);
        Assert.Equal(500, clip.Samples.Length);
        Assert.Equal(
            ["WAV: the header claims 2000 bytes of samples, the file has 1001: it is truncated", "WAV: the last 1 bytes are not a whole frame of 2: left out"],
            clip.Warnings);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(0u, 36u)]
    [InlineData(0u, uint.MaxValue)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void What_a_streaming_writer_leaves_means_up_to_the_end(uint dataSize, uint riffSize)
    {
        AudioClip clip = WavFormatTests.Read(new WavFile { Data = Ramp, DataSize = dataSize, RiffSize = riffSize }.Bytes());
        Assert.Equal(1000, clip.Samples.Length);
        Assert.Equal(500 / 32768f, clip.Samples.Span[500]);
        Assert.Empty(clip.Warnings);
    }

    [Fact]
    public void An_empty_recording_with_a_chunk_after_it_stays_empty() =>
        Assert.Equal(0, WavFormatTests.Read(new WavFile { After = [("LIST", new byte[30])] }.Bytes()).Samples.Length);

    [Theory]
    [InlineData("RF64")]
    [InlineData("BW64")]
    public void A_long_file_has_its_size_in_a_chunk_of_its_own(string riff)
    {
        byte[] sizes = new byte[28];
        BinaryPrimitives.WriteInt64LittleEndian(sizes.AsSpan(8), Ramp.Length);
        WavFile file = new() { Riff = riff, RiffSize = uint.MaxValue, DataSize = uint.MaxValue, Data = Ramp, Before = [("ds64", sizes)], After = [("LIST", new byte[30])] };
        Assert.Equal(1000, WavFormatTests.Read(file.Bytes()).Samples.Length);
    }

    [Fact]
    public void A_claim_of_four_gigabytes_costs_what_the_file_has()
    {
        byte[] bytes = new WavFile { Data = Ramp, DataSize = 0xFFFFFFF0 }.Bytes();
        WavFormatTests.Read(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AudioClip clip = WavFormatTests.Read(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000);
        Assert.Equal(1000, clip.Samples.Length);
        Assert.Single(clip.Warnings);
    }

    [Fact]
    public void Values_that_are_no_samples_become_silence_with_a_warning()
    {
        float[] values = [0.5f, float.NaN, 0.25f, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1f, .. new float[100]];
        byte[] data = [.. values.SelectMany(BitConverter.GetBytes)];
        AudioClip clip = WavFormatTests.Read(new WavFile { Tag = 3, Bits = 32, SampleRate = 16_000, Data = data }.Bytes());
        Assert.Equal([0.5f, 0, 0.25f, 0, 0, 0, -1f], clip.Samples[..7].ToArray());
        Assert.Equal(["WAV, 32-bit float: 4 samples are not finite or above 1e+09, the first at 0 s: taken as silence"], clip.Warnings);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "adpcm", "expected PCM, float, A-law or mu-law, got Microsoft ADPCM (format tag 0x0002)" },
        { "unknown tag", "got format tag 0x4242" },
        { "no channels", "expected 1 to 256 channels, got 0" },
        { "many channels", "expected 1 to 256 channels, got 257" },
        { "slow", "expected a sample rate of 2000 to 384000 Hz, got 1" },
        { "fast", "expected a sample rate of 2000 to 384000 Hz, got 4294967295" },
        { "wide", "expected PCM of 1 to 32 bits, got 40" },
        { "no bits", "expected PCM of 1 to 32 bits, got 0" },
        { "half floats", "expected float of 32 or 64 bits, got 16" },
        { "frame", "expected 2 bytes per frame (1 channels of 16 bits), got 3" },
        { "no fmt", "expected a fmt chunk before the data, got the chunks 'JUNK'" },
        { "no data", "expected a data chunk, got the end of the file after the chunks 'fmt '" },
        { "short fmt", "expected a fmt chunk of at least 16 bytes, got 4" },
        { "short extensible", "expected a WAVE_FORMAT_EXTENSIBLE chunk of at least 40 bytes, got 16" },
        { "other guid", "expected a sub-format of PCM, float, A-law or mu-law, got 00000001-0000-0010-8000-00aa00389b72" },
        { "other riff", "expected a RIFF header with WAVE in it" },
        { "head only", "expected a RIFF header with WAVE in it, got 6 bytes" },
        { "empty", "expected a recording (WAV, FLAC, MP3 or Ogg Vorbis" },
        { "text", "got a file that begins with 48656C6C6F2C2077 ('Hello, w')" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cannot_be_read_is_refused_with_what_was_expected_and_what_came(string name, string message)
    {
        WavFile file = new() { Data = Ramp };
        byte[] bytes = name switch
        {
            "adpcm" => (file with { Tag = 2, Bits = 4 }).Bytes(),
            "unknown tag" => (file with { Tag = 0x4242 }).Bytes(),
            "no channels" => (file with { Channels = 0 }).Bytes(),
            "many channels" => (file with { Channels = 257 }).Bytes(),
            "slow" => (file with { SampleRate = 1 }).Bytes(),
            "fast" => (file with { SampleRate = uint.MaxValue }).Bytes(),
            "wide" => (file with { Bits = 40 }).Bytes(),
            "no bits" => (file with { Bits = 0 }).Bytes(),
            "half floats" => (file with { Tag = 3 }).Bytes(),
            "frame" => (file with { FrameBytes = 3 }).Bytes(),
            "no fmt" => Chunks(("JUNK", 4), ("data", 8)),
            "no data" => file.Bytes()[..36],
            "short fmt" => Chunks(("fmt ", 4), ("data", 8)),
            "short extensible" => Extensible(file, bytes => bytes[16] = 16, 36, 24),
            "other guid" => Extensible(file, bytes => bytes[59] = 0x72, 0, 0),
            "other riff" => [.. "RIFF\u0004\0\0\0CDDA0000"u8],
            "head only" => [.. "RIFF\0\0"u8],
            "empty" => [],
            _ => Encoding.ASCII.GetBytes("Hello, world"),
        };
        AudioFormatException refused = Assert.Throws<AudioFormatException>(() => WavFormatTests.Read(bytes));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_above_the_limit_is_refused()
    {
        AudioReader reader = new(new AudioReaderOptions { MaxDuration = TimeSpan.FromSeconds(1.5) });
        Assert.Contains("longer than 00:00:01.5", Assert.Throws<AudioFormatException>(() => reader.ReadFile(AudioData.File("sweep.wav"), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Equal(1, reader.ReadFile(AudioData.File("sweep-48k-f32.wav"), TestContext.Current.CancellationToken).Duration.TotalSeconds);
    }

    [Fact]
    public async Task A_stream_above_the_limit_is_refused_before_it_is_read_whole()
    {
        AudioReader reader = new(new AudioReaderOptions { MaxEncodedBytes = 1000 });
        await using FileStream file = File.OpenRead(AudioData.File("sweep.wav"));
        AudioFormatException refused = await Assert.ThrowsAsync<AudioFormatException>(() => reader.ReadAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains("more than 1000 bytes", refused.Message, StringComparison.Ordinal);
    }

    private static byte[] Chunks(params (string Id, int Bytes)[] chunks) =>
        [.. "RIFF\0\0\0\0WAVE"u8, .. chunks.SelectMany(chunk => (byte[])[.. Encoding.ASCII.GetBytes(chunk.Id), (byte)chunk.Bytes, 0, 0, 0, .. new byte[chunk.Bytes]])];

    /// <summary>An extensible file with a byte changed and some cut out.</summary>
    private static byte[] Extensible(WavFile file, Action<byte[]> change, int cutAt, int cutCount)
    {
        byte[] bytes = (file with { IsExtensible = true }).Bytes();
        change(bytes);
        return [.. bytes[..cutAt], .. bytes[(cutAt + cutCount)..]];
    }
}
