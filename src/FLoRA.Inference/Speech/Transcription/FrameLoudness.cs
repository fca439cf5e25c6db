using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// How loud the frames of a recording are: the mean of the log-mel bins, in whose unit 1 is 40 dB. A mean of logarithms, so that hum in a few bins does not hide the pauses.
/// </summary>
internal static class FrameLoudness
{
    private const int BlockFrames = 1024;

    /// <summary>One number for each frame of the recording itself.</summary>
    public static float[] Of(RecordingFeatures recording)
    {
        float[] loudness = new float[recording.ContentFrames];
        float[] block = new float[recording.MelCount * BlockFrames];
        for (int start = 0; start < loudness.Length; start += BlockFrames)
        {
            int count = Math.Min(BlockFrames, loudness.Length - start);
            Span<float> values = block.AsSpan(0, recording.MelCount * count), sums = loudness.AsSpan(start, count);
            recording.CopyWindow(start, count, count, values);
            for (int mel = 0; mel < recording.MelCount; mel++)
            {
                ReadOnlySpan<float> row = values.Slice(mel * count, count);
                for (int frame = 0; frame < count; frame++)
                    sums[frame] += row[frame];
            }

            foreach (ref float sum in sums)
                sum /= recording.MelCount;
        }

        return loudness;
    }
}
