using System.Buffers;

namespace FLoRA.Inference.Speech.Audio;

/// <summary>A buffer for decoders that give the samples of all channels by turns.</summary>
internal sealed class InterleavedBlock(int channels) : IDisposable
{
    private const int Frames = 4096;

    /// <summary>Room for some frames of every channel; it may be longer than whole frames.</summary>
    public float[] Samples { get; } = ArrayPool<float>.Shared.Rent(Frames * channels);

    /// <summary>Samples that fit and make at most <paramref name="frameCount"/> whole frames.</summary>
    public int Room(int frameCount) => Math.Min(frameCount, Frames) * channels;

    /// <summary>The mean over the channels of each frame among the first <paramref name="sampleCount"/> samples.</summary>
    /// <returns>Number of frames.</returns>
    public int MixDown(int sampleCount, Span<float> mono)
    {
        int frameCount = sampleCount / channels;
        for (int frame = 0; frame < frameCount; frame++)
        {
            double sum = 0;
            for (int channel = 0; channel < channels; channel++)
                sum += Samples[frame * channels + channel];
            mono[frame] = (float)(sum / channels);
        }

        return frameCount;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<float>.Shared.Return(Samples);
}
