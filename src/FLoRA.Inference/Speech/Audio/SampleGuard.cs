using System.Numerics;
using System.Runtime.InteropServices;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>What counts as a sample. Float files can hold anything; one value that is not finite would spoil every frame of a recording.</summary>
internal static class SampleGuard
{
    /// <summary>180 dB above full scale. Files with samples as large as integers (32,768) are far below.</summary>
    public const float LargestMagnitude = 1e9f;

    /// <summary>Index of the first value that is not finite or too large; -1: none.</summary>
    public static int FirstUnusable(ReadOnlySpan<float> samples)
    {
        int at = 0;
        Vector<float> limit = new(LargestMagnitude);
        ref float first = ref MemoryMarshal.GetReference(samples);
        while (at <= samples.Length - Vector<float>.Count && Vector.LessThanOrEqualAll(Vector.Abs(Vector.LoadUnsafe(ref first, (nuint)at)), limit))
            at += Vector<float>.Count;
        for (; at < samples.Length; at++)
        {
            if (!(Math.Abs(samples[at]) <= LargestMagnitude))
                return at;
        }

        return -1;
    }
}
