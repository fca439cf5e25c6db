using FLoRA.Inference.Speech.Audio;
using Transcriber.Listening;

namespace Transcriber.Tests.Listening;

public sealed class PaddedSoundTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    public void Silence_goes_up_to_the_window_and_the_sound_stays_as_it_was(int seconds, int expectedSeconds)
    {
        float[] samples = [.. Enumerable.Range(0, seconds * AudioClip.SampleRate).Select(i => MathF.Sin(i) / 3)];
        var clip = new AudioClip { Samples = samples, SourceFormat = "made up", SourceSampleRate = AudioClip.SampleRate, SourceChannels = 1 };
        using MemoryStream wav = PaddedSound.Of(clip, TimeSpan.FromSeconds(3));

        AudioClip read = new AudioReader().Read(wav, TestContext.Current.CancellationToken);
        read.Warnings.ShouldBeEmpty();
        read.Samples.Length.ShouldBe(expectedSeconds * AudioClip.SampleRate);
        read.Samples.Span[..samples.Length].SequenceEqual(samples).ShouldBeTrue();
        read.Samples.Span[samples.Length..].ContainsAnyExcept(0f).ShouldBeFalse();
    }
}
