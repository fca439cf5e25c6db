using FLoRA.Inference;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Bench.Speech;

/// <summary>Windows of the embedded recordings. Each asked for differs in one number from all before, so that no encoding is found again.</summary>
internal sealed class Recordings
{
    private static readonly string[] Languages = ["ar", "cs", "hi", "kk", "lt", "mr", "en", "de"];

    private readonly AudioWindow _window;
    private readonly float[][] _features;
    private int _asked;

    /// <param name="whisper">The embedded speech model.</param>
    /// <param name="window">What the model takes.</param>
    public Recordings(string whisper, AudioWindow window)
    {
        _window = window;
        var reader = new AudioReader();
        var logMel = new LogMel(window.MelBins);
        _features = [.. Languages.Select(language => logMel.Compute(reader.ReadFile(Path.Combine(whisper, "audio", language, "00.wav")).Samples.Span, window.Frames))];
    }

    /// <summary>Recordings.</summary>
    public int Count => _features.Length;

    /// <summary>A recording that the engine has not met.</summary>
    public AudioInput Next(int recording)
    {
        float[] features = [.. _features[recording]];
        features[0] += 1e-5f * ++_asked;
        return new AudioInput(features, _window.MelBins, _window.Frames);
    }
}
