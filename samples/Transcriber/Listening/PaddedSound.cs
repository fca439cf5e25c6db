using System.Runtime.InteropServices;
using FLoRA.Inference.Speech.Audio;

namespace Transcriber.Listening;

/// <summary>A recording with silence after it, up to one window of the model.</summary>
internal static class PaddedSound
{
    private const int HeaderBytes = 44, FormatChunkBytes = 16, BytesPerSample = 4;
    private const short FloatFormat = 3, Channels = 1;

    /// <summary>As WAV; a recording that is as long as the window or longer is as it was.</summary>
    public static MemoryStream Of(AudioClip clip, TimeSpan window)
    {
        int sampleCount = Math.Max(clip.Samples.Length, (int)(window.TotalSeconds * AudioClip.SampleRate));
        var wav = new MemoryStream(HeaderBytes + (sampleCount * BytesPerSample));
        using (var writer = new BinaryWriter(wav, System.Text.Encoding.ASCII, leaveOpen: true))
        {
            int dataBytes = sampleCount * BytesPerSample;
            writer.Write("RIFF"u8);
            writer.Write(HeaderBytes - 8 + dataBytes);
            writer.Write("WAVEfmt "u8);
            writer.Write(FormatChunkBytes);
            writer.Write(FloatFormat);
            writer.Write(Channels);
            writer.Write(AudioClip.SampleRate);
            writer.Write(AudioClip.SampleRate * BytesPerSample);
            writer.Write((short)BytesPerSample);
            writer.Write((short)(8 * BytesPerSample));
            writer.Write("data"u8);
            writer.Write(dataBytes);
            writer.Write(MemoryMarshal.AsBytes(clip.Samples.Span));
            writer.Write(new byte[dataBytes - (clip.Samples.Length * BytesPerSample)]);
        }

        wav.Position = 0;
        return wav;
    }
}
