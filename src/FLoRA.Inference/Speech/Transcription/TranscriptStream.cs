using System.Runtime.CompilerServices;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// The segments of one recording as they are decided. Ends after the last one, or in an exception or cancellation (<see cref="OperationCanceledException"/>). Read once, by one
/// reader; leaving early ends the work. The properties that change are for that reader.
/// </summary>
public sealed class TranscriptStream : IAsyncEnumerable<TranscriptSegment>
{
    private readonly ITranscriptionRun _run;
    private int _reading;

    internal TranscriptStream(ITranscriptionRun run, double durationSeconds, IReadOnlyCollection<long> requestIds)
    {
        RequestIds = requestIds;
        _run = run;
        DurationSeconds = durationSeconds;
    }

    /// <summary>Length of the recording.</summary>
    public double DurationSeconds { get; }

    /// <summary>Up to where the recording is transcribed.</summary>
    public double PositionSeconds => Math.Min(DurationSeconds, _run.SeekFrames / (double)LogMel.FramesPerSecond);

    /// <summary>Asked for or detected; null: not known yet, or the decoder's input was given and names none.</summary>
    public string? Language => _run.LanguageCode;

    /// <summary>Adapter of the windows from here on; null: base.</summary>
    public string? Adapter => _run.Adapter;

    /// <summary>By language; null: not known yet, or not detected.</summary>
    public IReadOnlyDictionary<string, double>? LanguageProbabilities => _run.LanguageProbabilities;

    /// <summary>Ids of all segments so far, times included; of a given decoder input all that were sampled.</summary>
    public IReadOnlyList<int> Tokens => _run.Tokens;

    /// <summary>Numbers that the engine gave its requests for this recording so far; those in <see cref="StepTrace"/>.</summary>
    public IReadOnlyCollection<long> RequestIds { get; }

    /// <summary>What was decided about each window so far.</summary>
    internal IReadOnlyList<WindowReport> Windows => _run.Windows;

    /// <summary>The segments, each as soon as its window is decided.</summary>
    /// <exception cref="OperationCanceledException">The enumeration was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It has been enumerated before.</exception>
    public async IAsyncEnumerator<TranscriptSegment> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
            throw new InvalidOperationException("A transcript is read once; it has already been enumerated.");
        await using ConfiguredAsyncDisposable ending = _run.ConfigureAwait(false);
        while (await _run.NextAsync(cancellationToken).ConfigureAwait(false) is { } segments)
        {
            foreach (TranscriptSegment segment in segments)
                yield return segment;
        }
    }

    /// <summary>Reads the stream to its end.</summary>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It has been enumerated before.</exception>
    public async Task<Transcript> ReadToEndAsync(CancellationToken cancellationToken = default)
    {
        List<TranscriptSegment> segments = [];
        await foreach (TranscriptSegment segment in this.WithCancellation(cancellationToken).ConfigureAwait(false))
            segments.Add(segment);
        return new Transcript
        {
            Text = _run.Text,
            Language = Language,
            LanguageProbabilities = LanguageProbabilities,
            Tokens = [.. Tokens],
            Segments = segments,
            DurationSeconds = DurationSeconds,
        };
    }
}
