using FLoRA.Inference.Speech.Transcription;
using Transcriber.Recordings;

namespace Transcriber.Listening;

/// <summary>Hears recordings, any number at the same time.</summary>
internal interface IListener
{
    /// <summary>Transcribes a recording.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="language">What is spoken; null: detected.</param>
    /// <param name="onBase">True: without an adapter, whatever the settings say of the language.</param>
    /// <param name="segmentHeard">Called with each segment as it is decided.</param>
    /// <param name="cancellationToken">Drops the recording.</param>
    Task<Heard> ListenAsync(Recording recording, string? language, bool onBase, Action<TranscriptSegment> segmentHeard, CancellationToken cancellationToken);
}
