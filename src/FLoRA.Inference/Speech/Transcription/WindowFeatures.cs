using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Input of the encoder. All requests of one window share one object, so that it need not be encoded twice.</summary>
/// <param name="Values">[mels, frames], row-major; not changed.</param>
/// <param name="MelCount">Mel bins.</param>
/// <param name="FrameCount">Frames: twice the encoder's positions.</param>
internal sealed record WindowFeatures(ReadOnlyMemory<float> Values, int MelCount, int FrameCount)
{
    /// <summary>Cuts a window out of a recording.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="startFrame">First frame.</param>
    /// <param name="takeFrames">Frames that are taken over.</param>
    /// <param name="windowFrameCount">Frames of the window.</param>
    /// <param name="fill">Value of the frames behind those; 0, which is not silence, as openai/whisper has it.</param>
    public static WindowFeatures Cut(RecordingFeatures recording, int startFrame, int takeFrames, int windowFrameCount, float fill = 0)
    {
        float[] values = new float[(long)recording.MelCount * windowFrameCount];
        recording.CopyWindow(startFrame, takeFrames, windowFrameCount, values, fill);
        return new WindowFeatures(values, recording.MelCount, windowFrameCount);
    }
}
