using System.Buffers.Binary;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>Random samples written in every form come back.</summary>
public sealed class WavFormatTests
{
    private const int Frames = 5000;

    public static TheoryData<int, int, int, bool> Forms
    {
        get
        {
            TheoryData<int, int, int, bool> forms = [];
            foreach ((int tag, int bits) in ((int, int)[])[(1, 8), (1, 12), (1, 16), (1, 20), (1, 24), (1, 32), (3, 32), (3, 64)])
            {
                foreach (int channels in (int[])[1, 2, 3, 6, 256])
                {
                    forms.Add(tag, bits, channels, false);
                    forms.Add(tag, bits, channels, true);
                }
            }

            return forms;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_comes_back_as_the_mean_of_its_channels(int tag, int bits, int channels, bool extensible)
    {
        Random random = new(bits * 1000 + channels);
        int frames = channels > 100 ? 300 : Frames;
        double[] samples = new double[frames * channels];
        List<byte> data = [];
        foreach (ref double sample in samples.AsSpan())
            data.AddRange(Encode(tag, bits, random.NextDouble() * 2 - 1, out sample));
        WavFile file = new()
        {
            Tag = tag, Bits = bits, Channels = channels, IsExtensible = extensible, Data = [.. data],
            Before = [("JUNK", new byte[7])], Between = [("fact", new byte[4]), ("LIST", new byte[random.Next(40)])], After = [("id3 ", new byte[13])],
        };

        AudioClip clip = Read(file.Bytes());

        Assert.Empty(clip.Warnings);
        Assert.Equal((16_000, channels), (clip.SourceSampleRate, clip.SourceChannels));
        Assert.Equal($"WAV, {bits}-bit {(tag == 3 ? "float" : "PCM")}", clip.SourceFormat);
        Assert.Equal(frames, clip.Samples.Length);
        for (int frame = 0; frame < frames; frame++)
            Assert.Equal(samples.AsSpan(frame * channels, channels).ToArray().Average(), clip.Samples.Span[frame], 1e-7);
    }

    [Theory]
    [InlineData(6, new byte[] { 0xD5, 0x55, 0xAA, 0x2A, 0x80, 0xD4 }, new[] { 8, -8, 32256, -32256, 5504, 24 })]
    [InlineData(7, new byte[] { 0xFF, 0x7F, 0x80, 0x00, 0xEF, 0xFE }, new[] { 0, 0, 32124, -32124, 132, 8 })]
    public void Companded_samples_are_those_of_the_standards_table(int tag, byte[] codes, int[] values)
    {
        AudioClip clip = Read(new WavFile { Tag = tag, Bits = 8, Data = codes }.Bytes());
        Assert.Equal(values.Select(value => value / 32768f), clip.Samples.ToArray());
    }

    [Fact]
    public void A_stream_may_give_one_byte_at_a_time_and_cannot_seek()
    {
        byte[] bytes = File.ReadAllBytes(AudioData.File("sweep-44k1-stereo-s24.wav"));
        using DribblingStream stream = new(bytes);
        Assert.Equal(Read(bytes).Samples.ToArray(), new AudioReader().Read(stream, TestContext.Current.CancellationToken).Samples.ToArray());
    }

    [Fact]
    public async Task A_stream_that_must_not_be_read_synchronously_is_read()
    {
        byte[] bytes = await File.ReadAllBytesAsync(AudioData.File("sweep.wav"), TestContext.Current.CancellationToken);
        using DribblingStream stream = new(bytes) { RefusesSynchronousReads = true };
        AudioClip clip = await new AudioReader().ReadAsync(stream, TestContext.Current.CancellationToken);
        Assert.Equal(Read(bytes).Samples.ToArray(), clip.Samples.ToArray());
    }

    [Fact]
    public void Reading_begins_where_the_stream_stands()
    {
        using MemoryStream stream = new([1, 2, 3, .. File.ReadAllBytes(AudioData.File("sweep.wav"))]);
        stream.Position = 3;
        Assert.Equal(TimeSpan.FromSeconds(2), new AudioReader().Read(stream, TestContext.Current.CancellationToken).Duration);
    }

    internal static AudioClip Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return new AudioReader().Read(stream, TestContext.Current.CancellationToken);
    }

    private static byte[] Encode(int tag, int bits, double wanted, out double stored)
    {
        byte[] bytes = new byte[8];
        if (tag == 3)
        {
            stored = bits == 32 ? (float)wanted : wanted;
            if (bits == 32)
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)wanted);
            else
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, wanted);
            return bytes[..(bits / 8)];
        }

        // Bits fewer than the container has lie in its upper ones.
        int container = (bits + 7) / 8 * 8;
        long level = (long)Math.Floor(wanted * (1L << (bits - 1))) << (container - bits);
        stored = level / (double)(1L << (container - 1));
        BinaryPrimitives.WriteInt64LittleEndian(bytes, container == 8 ? level + 128 : level);
        return bytes[..(container / 8)];
    }
}
