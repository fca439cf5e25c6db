using System.Text.Json;
using FLoRA.Inference.Speech.Audio;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>Log-mel against values of a float64 reference.</summary>
public sealed class GoldenLogMelTests
{
    // Where the reference is float32 itself it is within 7e-5.
    private const double Tolerance = 2e-4, HalfTolerance = 1e-3;

    public static TheoryData<string> Own => [.. AudioData.Cases(AudioData.File("logmel.json")).Select(c => c.GetProperty("tensor").GetString()!)];

    [Theory]
    [MemberData(nameof(Own))]
    public void Equals_the_reference(string tensor) => Compare(Path.GetDirectoryName(AudioData.File("x"))!, tensor);

    [Theory]
    [InlineData("jfk-16k.80")]
    [InlineData("jfk-16k.128")]
    [InlineData("jfk-a.128.3s")]
    public void Equals_the_reference_on_speech(string tensor) => Compare(RepositoryData.ThirdParty("golden", "audio"), tensor);

    private static void Compare(string folder, string tensor)
    {
        JsonElement golden = AudioData.Cases(Path.Combine(folder, "logmel.json")).Single(c => c.GetProperty("tensor").GetString() == tensor);
        int mels = golden.GetProperty("shape")[0].GetInt32(), frames = golden.GetProperty("shape")[1].GetInt32(), stored = golden.GetProperty("frames").GetInt32();
        AudioClip clip = new AudioReader().ReadFile(Path.Combine(folder, golden.GetProperty("audio").GetString()!), TestContext.Current.CancellationToken);
        float[] values = new LogMel(mels).Compute(clip.Samples.Span, frames);

        Assert.Equal(mels * frames, values.Length);
        Assert.All(golden.GetProperty("samples").EnumerateArray(), s => Near(s[2].GetDouble(), values[s[0].GetInt32() * frames + s[1].GetInt32()], Tolerance));
        Near(golden.GetProperty("min").GetDouble(), values.Min(), Tolerance);
        Near(golden.GetProperty("max").GetDouble(), values.Max(), Tolerance);
        Near(golden.GetProperty("mean").GetDouble(), values.Average(value => (double)value), Tolerance);
        float[] halves = AudioData.Tensor(Path.Combine(folder, "logmel.safetensors"), tensor);
        double fill = stored < frames ? golden.GetProperty("fill").GetDouble() : double.NaN;
        for (int mel = 0; mel < mels; mel++)
        {
            for (int frame = 0; frame < frames; frame++)
                Near(frame < stored ? halves[mel * stored + frame] : fill, values[mel * frames + frame], frame < stored ? HalfTolerance : Tolerance);
        }
    }

    private static void Near(double expected, double actual, double tolerance) => Assert.InRange(actual, expected - tolerance, expected + tolerance);
}
