using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Audio.Resampling;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>The resampler against sines, whose result is known whatever the rate.</summary>
public sealed class ResamplerTests
{
    // What is lost of the ends: the filter reaches 64 samples of the slower rate.
    private const double EndSeconds = 0.04;

    public static TheoryData<int> Rates => [2000, 8000, 11_025, 12_000, 16_001, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 88_200, 96_000, 192_000, 384_000];

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_tone_below_nine_tenths_of_the_band_passes_unchanged(int rate)
    {
        double band = Math.Min(rate, AudioClip.SampleRate) / 2.0;
        foreach (double share in (double[])[0, 0.01, 0.25, 0.5, 0.8, 0.9])
        {
            float[] resampled = Resample(rate, Tone(rate, share * band, 0.3));
            Assert.Equal((int)Math.Ceiling(0.3 * rate * AudioClip.SampleRate / rate - 1e-6), resampled.Length, 1.0);
            AssertEqual(Tone(AudioClip.SampleRate, share * band, 0.3), resampled, 1e-4);
        }
    }

    [Theory]
    [InlineData(22_050)]
    [InlineData(32_000)]
    [InlineData(44_100)]
    [InlineData(44_101)]
    [InlineData(48_000)]
    [InlineData(96_000)]
    [InlineData(384_000)]
    public void A_tone_above_the_band_is_gone_and_not_folded(int rate)
    {
        for (double frequency = 8010; frequency < rate / 2.0; frequency += Math.Max(311, rate / 97.0))
            AssertEqual(new float[(int)(0.3 * AudioClip.SampleRate)], Resample(rate, Tone(rate, frequency, 0.3)), 5e-5);
    }

    [Theory]
    [InlineData(2000)]
    [InlineData(8000)]
    [InlineData(11_025)]
    public void Images_above_the_old_band_do_not_appear(int rate)
    {
        double frequency = 0.85 * rate / 2;
        AssertEqual(Tone(AudioClip.SampleRate, frequency, 0.3), Resample(rate, Tone(rate, frequency, 0.3)), 1e-4);
    }

    [Theory]
    [InlineData(44_100, 1)]
    [InlineData(44_100, 137)]
    [InlineData(48_000, 100_000)]
    [InlineData(44_101, 999)]
    [InlineData(384_000, 5000)]
    public void The_size_of_the_blocks_does_not_matter(int rate, int block)
    {
        float[] tone = Tone(rate, 440, 0.25);
        Assert.Equal(Resample(rate, tone), Resample(rate, tone, block));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(441, 160)]
    [InlineData(442, 161)]
    public void There_are_as_many_outputs_as_begin_before_the_end(int inputs, int outputs) => Assert.Equal(outputs, Resample(44_100, new float[inputs]).Length);

    private static float[] Resample(int rate, float[] input, int block = 4096)
    {
        using SampleCollector collector = new(TimeSpan.FromMinutes(1));
        using Resampler resampler = new(rate, AudioClip.SampleRate);
        foreach (float[] part in input.Chunk(block))
            resampler.Add(part, collector);
        resampler.Finish(collector);
        return collector.ToArray();
    }

    private static float[] Tone(int rate, double frequency, double seconds) =>
        [.. Enumerable.Range(0, (int)(seconds * rate)).Select(n => (float)Math.Cos(2 * Math.PI * frequency * n / rate))];

    private static void AssertEqual(float[] expected, float[] actual, double tolerance)
    {
        int end = (int)(EndSeconds * AudioClip.SampleRate);
        for (int n = end; n < Math.Min(expected.Length, actual.Length) - end; n++)
            Assert.Equal(expected[n], actual[n], tolerance);
    }
}
