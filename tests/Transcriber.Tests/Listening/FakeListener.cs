using System.Collections.Concurrent;
using FLoRA.Inference.Speech.Transcription;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.Tests.Listening;

/// <summary>Hears what it is told to, and notes what it was asked.</summary>
internal sealed class FakeListener(Func<Recording, bool, Heard> hear) : IListener
{
    public ConcurrentQueue<(string Name, string? Language, bool OnBase)> Asked { get; } = [];

    public async Task<Heard> ListenAsync(Recording recording, string? language, bool onBase, Action<TranscriptSegment> segmentHeard, CancellationToken cancellationToken)
    {
        Asked.Enqueue((recording.Name, language, onBase));
        await Task.Yield();
        Heard heard = hear(recording, onBase);
        foreach (TranscriptSegment segment in heard.Transcript.Segments)
            segmentHeard(segment);
        return heard;
    }
}
