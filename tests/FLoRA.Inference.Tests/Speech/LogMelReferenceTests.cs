using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Audio.Mel;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>The fast transform against the definition, step by step, in float64.</summary>
public sealed class LogMelReferenceTests
{
    private const int Frame = 400, Hop = 160, Bins = 201;

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(119, 2)]
    [InlineData(120, 2)]
    [InlineData(160, 3)]
    [InlineData(281, 3)]
    [InlineData(320, 2)]
    [InlineData(5000, 2)]
    [InlineData(1000, 13)]
    [InlineData(1879, 13)]
    [InlineData(1880, 13)]
    [InlineData(2080, 13)]
    [InlineData(1600, 31)]
    public void A_window_is_what_the_definition_gives(int sampleCount, int frames)
    {
        float[] samples = Noise(sampleCount);
        double[] signal = new double[frames * Hop];
        for (int n = 0; n < Math.Min(samples.Length, signal.Length); n++)
            signal[n] = samples[n];
        double[] expected = Reference(signal, 80);
        float[] values = new LogMel(80).Compute(samples, frames);
        Assert.Equal(expected.Length, values.Length);
        for (int at = 0; at < values.Length; at++)
            Assert.Equal(expected[at], values[at], 1e-6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(159)]
    [InlineData(160)]
    [InlineData(4321)]
    public void A_recording_is_floored_as_a_whole_and_windows_are_cut_from_it(int sampleCount)
    {
        const int windowFrames = 20;
        float[] samples = Noise(sampleCount);
        double[] expected = Reference([.. samples.Select(sample => (double)sample), .. new double[windowFrames * Hop]], 128);
        int frames = expected.Length / 128;
        RecordingFeatures features = new LogMel(128).ComputeRecording(samples, windowFrames);
        Assert.Equal((128, frames, sampleCount / Hop), (features.MelCount, features.FrameCount, features.ContentFrames));
        for (int start = 0; start <= features.ContentFrames; start += 7)
        {
            int take = Math.Min(windowFrames, features.FrameCount - start - 3);
            float[] window = features.Window(start, take, windowFrames);
            for (int mel = 0; mel < 128; mel++)
            {
                for (int frame = 0; frame < windowFrames; frame++)
                    Assert.Equal(frame < take ? expected[mel * frames + start + frame] : 0, window[mel * windowFrames + frame], 1e-6);
            }
        }

        Assert.Equal(expected[frames - 1], features.SilentValue, 1e-6);
        Assert.Throws<ArgumentOutOfRangeException>(() => features.Window(frames - 1, 2, windowFrames));
        Assert.Throws<ArgumentOutOfRangeException>(() => features.Window(0, windowFrames + 1, windowFrames));
    }

    [Fact]
    public void A_quiet_bin_beside_a_loud_one_keeps_its_digits()
    {
        // 75 dB apart in one frame.
        float[] samples = [.. Enumerable.Range(0, 4800).Select(n => (float)(Math.Sin(2 * Math.PI * 0.05 * n) + 2e-4 * Math.Sin(2 * Math.PI * 0.3 * n)))];
        double[] expected = Reference([.. samples.Select(sample => (double)sample)], 80);
        float[] values = new LogMel(80).Compute(samples, 30);
        for (int at = 0; at < values.Length; at++)
            Assert.Equal(expected[at], values[at], 1e-6);
    }

    [Fact]
    public void Silence_is_one_value() => Assert.All(new LogMel(80).Compute([], 3000), value => Assert.Equal(-1.5f, value));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(2e9f)]
    public void A_value_that_is_no_sample_is_refused_by_its_index(float bad)
    {
        float[] samples = Noise(1000);
        samples[997] = bad;
        Assert.Contains("sample 997", Assert.Throws<ArgumentException>(() => new LogMel(80).Compute(samples, 10)).Message, StringComparison.Ordinal);
        Assert.Contains("sample 997", Assert.Throws<ArgumentException>(() => new LogMel(80).ComputeRecording(samples, 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_of_one_frame_and_absurd_bins_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogMel(80).Compute([], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogMel(80).ComputeRecording([], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogMel(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogMel(201));
    }

    /// <summary>Bursts of noise, the last one at the end: loud and quiet frames, so that the floor is reached.</summary>
    private static float[] Noise(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(n => (float)((random.NextDouble() - 0.5) * Math.Exp(-((count - 1 - n) % 640) / 40.0)))];
    }

    private static double[] Reference(double[] signal, int mels)
    {
        int frames = signal.Length / Hop;
        MelFilters filters = new(mels);
        double[] values = new double[mels * frames];
        for (int frame = 0; frame < frames; frame++)
        {
            double[] power = Power(signal, frame);
            for (int mel = 0; mel < mels; mel++)
            {
                double sum = 0;
                for (int at = 0; at < filters.Weights(mel).Length; at++)
                    sum += filters.Weights(mel)[at] * power[filters.FirstBin(mel) + at];
                values[mel * frames + frame] = Math.Log10(Math.Max(sum, 1e-10));
            }
        }

        double floor = values.Max() - 8;
        return [.. values.Select(value => (Math.Max(value, floor) + 4) / 4)];
    }

    private static double[] Power(double[] signal, int frame)
    {
        double[] windowed = new double[Frame];
        for (int n = 0; n < Frame; n++)
        {
            int at = Math.Abs(frame * Hop - Frame / 2 + n);
            at = at < signal.Length ? at : 2 * (signal.Length - 1) - at;
            windowed[n] = signal[at] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * n / Frame));
        }

        double[] power = new double[Bins];
        for (int bin = 0; bin < Bins; bin++)
        {
            double re = 0, im = 0;
            for (int n = 0; n < Frame; n++)
            {
                (double sin, double cos) = Math.SinCos(2 * Math.PI * (bin * n % Frame) / Frame);
                re += windowed[n] * cos;
                im -= windowed[n] * sin;
            }

            power[bin] = re * re + im * im;
        }

        return power;
    }
}
