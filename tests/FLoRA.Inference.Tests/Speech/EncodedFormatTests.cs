using System.Text.Json;
using FLoRA.Inference.Speech.Audio;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>FLAC by our own decoder, MP3 and Ogg Vorbis by the packages.</summary>
public sealed class EncodedFormatTests
{
    private static string Encoded(string name) => Path.Combine("encoded", name);

    /// <summary>parts: silence, noise, wasted bits, each way to pair two channels; six channels; the widest and narrowest samples.</summary>
    [Theory]
    [InlineData("parts", "FLAC, 16-bit")]
    [InlineData("six-24", "FLAC, 24-bit")]
    [InlineData("wide-32", "FLAC, 32-bit")]
    [InlineData("mono-8", "FLAC, 8-bit")]
    public void Flac_gives_the_samples_of_the_wav_it_was_made_of(string name, string format)
    {
        AudioClip wav = AudioData.Clip(Encoded(name + ".wav")), flac = AudioData.Clip(Encoded(name + ".flac"));
        Assert.Equal((format, wav.SourceChannels, 16_000), (flac.SourceFormat, flac.SourceChannels, flac.SourceSampleRate));
        Assert.Empty(flac.Warnings);
        Assert.Equal(wav.Samples.Length, flac.Samples.Length);
        for (int n = 0; n < wav.Samples.Length; n++)
            Assert.Equal(wav.Samples.Span[n], flac.Samples.Span[n], 1e-7f);
    }

    [Fact]
    public void Flac_of_a_published_recording_is_what_the_reference_hears()
    {
        string folder = RepositoryData.ThirdParty("golden", "audio");
        AudioClip flac = new AudioReader().ReadFile(RepositoryData.ThirdParty("audio", "jfk.flac"), TestContext.Current.CancellationToken);
        AudioClip expected = new AudioReader().ReadFile(Path.Combine(folder, "jfk-16k.wav"), TestContext.Current.CancellationToken);
        Assert.Equal(("FLAC, 24-bit", 44_100, 2), (flac.SourceFormat, flac.SourceSampleRate, flac.SourceChannels));
        JsonElement golden = AudioData.Cases(Path.Combine(folder, "resampled.json")).Single(c => c.GetProperty("audio").GetString() == "../../audio/jfk.flac");
        GoldenResamplingTests.Compare(golden, expected.Samples.Span, flac.Samples.Span, share: 1);
    }

    /// <summary>The decoder of MP3 keeps the delay of its filters, 529 samples.</summary>
    [Theory]
    [InlineData("sweep.mp3", "MP3", 16_000, 1, "sweep.wav", 529)]
    [InlineData("stereo.ogg", "Ogg Vorbis", 44_100, 2, "sweep-44k1-stereo-s24.wav", 0)]
    public void Lossy_formats_sound_like_what_they_were_made_of(string name, string format, int rate, int channels, string original, int lateSamples)
    {
        AudioClip clip = AudioData.Clip(Encoded(name)), wav = AudioData.Clip(original);
        Assert.Equal((format, rate, channels), (clip.SourceFormat, clip.SourceSampleRate, clip.SourceChannels));
        Assert.Empty(clip.Warnings);
        Assert.InRange(clip.Samples.Length - wav.Samples.Length, -320, 320);
        double squares = 0;
        int count = Math.Min(wav.Samples.Length, clip.Samples.Length) - lateSamples;
        for (int n = 0; n < count; n++)
            squares += Math.Pow(wav.Samples.Span[n] - clip.Samples.Span[n + lateSamples], 2);
        Assert.InRange(Math.Sqrt(squares / count), 0, 0.03);
    }

    [Theory]
    [InlineData("sweep.mp3")]
    [InlineData("stereo.ogg")]
    [InlineData("parts.flac")]
    public void A_stream_that_cannot_seek_gives_the_same(string name)
    {
        using DribblingStream stream = new(File.ReadAllBytes(AudioData.File(Encoded(name))));
        Assert.Equal(AudioData.Clip(Encoded(name)).Samples.ToArray(), new AudioReader().Read(stream, TestContext.Current.CancellationToken).Samples.ToArray());
    }

    [Fact]
    public void A_flac_that_is_cut_or_damaged_is_read_up_to_there_with_a_warning()
    {
        byte[] bytes = File.ReadAllBytes(AudioData.File(Encoded("parts.flac")));
        AudioClip cut = WavFormatTests.Read(bytes[..(bytes.Length / 2)]);
        Assert.InRange(cut.Samples.Length, 1152, 7 * 1152);
        Assert.StartsWith("FLAC: damaged after ", Assert.Single(cut.Warnings), StringComparison.Ordinal);

        bytes[^1] ^= 4;
        AudioClip damaged = WavFormatTests.Read(bytes);
        Assert.True(damaged.Samples.Length >= 7 * 1152);
        Assert.Contains("checksum", Assert.Single(damaged.Warnings), StringComparison.Ordinal);
        Assert.Contains("ends within its metadata", Assert.Throws<AudioFormatException>(() => WavFormatTests.Read(bytes[..30])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parts.flac", 3000)]
    [InlineData("six-24.flac", 3000)]
    [InlineData("sweep.mp3", 400)]
    [InlineData("stereo.ogg", 400)]
    public void Damaged_files_are_read_in_part_or_refused(string name, int files)
    {
        byte[] seed = File.ReadAllBytes(AudioData.File(Encoded(name)));
        Random random = new(files);
        AudioReader reader = new(new AudioReaderOptions { MaxDuration = TimeSpan.FromMinutes(1), UseFfmpeg = false });
        int read = 0, refused = 0;
        for (int file = 0; file < files; file++)
        {
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 5); change > 0; change--)
                bytes[random.Next(random.Next(2) == 0 ? bytes.Length : 200)] = (byte)random.Next(256);
            using MemoryStream stream = new(random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                Assert.Equal(-1, SampleGuard.FirstUnusable(reader.Read(stream, TestContext.Current.CancellationToken).Samples.Span));
                read++;
            }
            catch (AudioFormatException)
            {
                refused++;
            }
        }

        Assert.True(read > files / 20 && refused > files / 50, $"read {read}, refused {refused}");
    }
}
