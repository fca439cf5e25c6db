using System.Text.Json;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>What a reader must give for files of other rates and headers.</summary>
public sealed class GoldenResamplingTests
{
    // The ends depend on what is taken to lie beyond them.
    private const int EndSamples = 320;

    // Of the tolerance. Good resamplers agree much better than that with each other.
    private const double Share = 0.1;

    public static TheoryData<string> Own => [.. AudioData.Cases(AudioData.File("resampled.json")).Select(c => c.GetProperty("audio").GetString()!)];

    [Theory]
    [MemberData(nameof(Own))]
    public void Equals_the_reference(string audio)
    {
        JsonElement golden = AudioData.Cases(AudioData.File("resampled.json")).Single(c => c.GetProperty("audio").GetString() == audio);
        AudioClip clip = AudioData.Clip(audio);
        Assert.Equal(golden.GetProperty("sample_rate").GetInt32(), clip.SourceSampleRate);
        Assert.Equal(golden.GetProperty("channels").GetInt32(), clip.SourceChannels);
        Assert.Empty(clip.Warnings);
        Compare(golden, AudioData.Tensor(AudioData.File("resampled.safetensors"), Path.GetFileNameWithoutExtension(audio)), clip.Samples.Span, Share);
    }

    internal static void Compare(JsonElement golden, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double share)
    {
        Assert.Equal(golden.GetProperty("samples_16k").GetInt32(), expected.Length);
        Assert.Equal(expected.Length, actual.Length);
        double largest = 0, squares = 0;
        for (int n = EndSamples; n < expected.Length - EndSamples; n++)
        {
            double off = Math.Abs(expected[n] - actual[n]);
            largest = Math.Max(largest, off);
            squares += off * off;
        }

        Assert.InRange(largest, 0, share * golden.GetProperty("tolerance_abs").GetDouble());
        Assert.InRange(Math.Sqrt(squares / (expected.Length - 2 * EndSamples)), 0, share * golden.GetProperty("tolerance_rms").GetDouble());
    }
}
