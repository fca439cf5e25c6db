using FLoRA.Inference.Speech.Transcription;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.View;

/// <summary>Sees recordings being transcribed. Members are called for different recordings at the same time.</summary>
internal interface ITranscriberView
{
    /// <summary>A recording is given to the model.</summary>
    void Started(Recording recording);

    /// <summary>A segment is decided.</summary>
    void SegmentHeard(Recording recording, TranscriptSegment segment);

    /// <summary>The recording is transcribed.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="heard">By the adapter, or by the base model where there is none.</param>
    /// <param name="heardOnBase">By the base model beside the adapter; null: not asked.</param>
    void Ended(Recording recording, Heard heard, Heard? heardOnBase);

    /// <summary>It could not be.</summary>
    void Failed(Recording recording, string message);
}
