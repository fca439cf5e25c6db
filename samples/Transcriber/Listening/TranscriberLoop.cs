using System.Collections.Concurrent;
using FLoRA.Inference;
using Transcriber.Recordings;
using Transcriber.View;

namespace Transcriber.Listening;

/// <summary>Transcribes all recordings at the same time, each with the adapter of its language, and where its text is known on the base model too.</summary>
/// <param name="listener">Hears.</param>
/// <param name="view">Sees it.</param>
/// <param name="finish">What is done with a transcript.</param>
internal sealed class TranscriberLoop(IListener listener, ITranscriberView view, Func<Recording, Heard, CancellationToken, Task> finish)
{
    private const int LeastAtOnce = 4, MostAtOnce = 96;

    /// <summary>Of files that are being heard; their sound in memory is some times as much.</summary>
    private const long BytesAtOnce = 256L << 20;

    private const string UnknownLanguage = "?";

    private readonly ConcurrentDictionary<string, LanguageScore> _scores = new(StringComparer.Ordinal);
    private int _failed;

    /// <summary>Recordings that could not be transcribed.</summary>
    public int Failed => _failed;

    /// <summary>Per language, in alphabetical order.</summary>
    public IReadOnlyList<LanguageScore> Scores => [.. _scores.Values.OrderBy(score => score.Language, StringComparer.Ordinal)];

    public Task RunAsync(IReadOnlyList<Recording> recordings, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        recordings, new ParallelOptions { MaxDegreeOfParallelism = AtOnce(recordings), CancellationToken = cancellationToken }, async (recording, cancel) => await TranscribeAsync(recording, cancel));

    /// <summary>As many as fill the batches; of long recordings only some, for the sake of memory.</summary>
    private static int AtOnce(IReadOnlyList<Recording> recordings)
    {
        long largest = recordings.Select(recording => new FileInfo(recording.Path)).Max(file => file.Exists ? file.Length : 0);
        return (int)Math.Clamp(BytesAtOnce / Math.Max(largest, 1), LeastAtOnce, MostAtOnce);
    }

    private async Task TranscribeAsync(Recording recording, CancellationToken cancellationToken)
    {
        try
        {
            view.Started(recording);
            Heard heard = await listener.ListenAsync(recording, recording.Language, onBase: false, segment => view.SegmentHeard(recording, segment), cancellationToken);
            Heard? heardOnBase = recording.Reference is not null && heard.Adapter is not null
                ? await listener.ListenAsync(recording, heard.Transcript.Language, onBase: true, _ => { }, cancellationToken)
                : null;
            if (recording.Reference is { } reference)
            {
                string language = recording.Language ?? heard.Transcript.Language ?? UnknownLanguage;
                _scores.GetOrAdd(language, name => new LanguageScore(name)).Add(reference, heard, heardOnBase);
            }

            await finish(recording, heard, cancellationToken);
            view.Ended(recording, heard, heardOnBase);
        }
        catch (Exception e) when (e is AudioFormatException or IOException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref _failed);
            view.Failed(recording, e.Message);
        }
    }
}
