using System.Globalization;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>Puts silence in the place of values that are no samples, and counts them.</summary>
internal sealed class SampleSilencer(int sampleRate)
{
    private long _passed, _silenced, _firstAt;

    /// <summary>Mends the samples that come next.</summary>
    public void Apply(Span<float> samples)
    {
        int from = 0;
        while (SampleGuard.FirstUnusable(samples[from..]) is >= 0 and var at)
        {
            if (_silenced++ == 0)
                _firstAt = _passed + from + at;
            samples[from + at] = 0;
            from += at + 1;
        }

        _passed += samples.Length;
    }

    /// <summary>Adds a warning if there were any.</summary>
    public void Report(string format, List<string> warnings)
    {
        if (_silenced > 0)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{format}: {_silenced} samples are not finite or above {SampleGuard.LargestMagnitude:g}, the first at {(double)_firstAt / sampleRate:0.###} s: taken as silence"));
        }
    }
}
