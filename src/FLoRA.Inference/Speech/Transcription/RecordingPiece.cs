using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Neighbouring frames of a recording.</summary>
/// <param name="StartFrame">The first one.</param>
/// <param name="EndFrame">The one after the last.</param>
internal readonly record struct RecordingPiece(int StartFrame, int EndFrame)
{
    /// <summary>Frames.</summary>
    public int FrameCount => EndFrame - StartFrame;

    /// <summary>All of a recording.</summary>
    public static RecordingPiece Whole(RecordingFeatures recording) => new(0, recording.ContentFrames);

    /// <summary>When it begins.</summary>
    public double StartSeconds => StartFrame / (double)LogMel.FramesPerSecond;

    /// <summary>When it ends. The last piece has the samples behind the last whole frame, too.</summary>
    public double EndSecondsIn(RecordingFeatures recording) => EndFrame == recording.ContentFrames ? recording.DurationSeconds : EndFrame / (double)LogMel.FramesPerSecond;
}
