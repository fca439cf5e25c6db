using System.Runtime.CompilerServices;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using Microsoft.Extensions.AI;
using TranscriptionOptions = FLoRA.Inference.Speech.Transcription.TranscriptionOptions;

namespace FLoRA.SemanticKernel;

/// <summary>How a transcription ended.</summary>
/// <param name="Transcript">All of it.</param>
/// <param name="Usage">Tokens and length.</param>
internal sealed record SpeechEnd(Transcript Transcript, UsageDetails Usage);

/// <summary>A part of a transcription: a segment, or the end.</summary>
/// <param name="ModelId">The model's id.</param>
/// <param name="AdapterId">The adapter; null: base.</param>
/// <param name="Text">New text; "" in the last part.</param>
/// <param name="Segment">What the text is from; null in the last part.</param>
/// <param name="End">In the last part only.</param>
internal sealed record SpeechPart(string ModelId, string? AdapterId, string Text, TranscriptSegment? Segment, SpeechEnd? End);

/// <summary>The way of every transcription, of all services: load, resolve the adapter, read the recording, open the stream with resilience, stream. Thread-safe.</summary>
internal sealed class SpeechPipeline(SpeechRuntime runtime)
{
    internal SpeechRuntime Runtime => runtime;

    /// <summary>Streams a transcription. What is wrong with the call throws before the recording is read, what is wrong with the recording before the first part.</summary>
    /// <param name="call">Settings, and who calls.</param>
    /// <param name="audio">The recording; stays the caller's.</param>
    /// <param name="activity">The caller's span.</param>
    /// <param name="cancellationToken">The caller's.</param>
    internal IAsyncEnumerable<SpeechPart> StreamAsync(SpeechCall call, Stream audio, CallActivity activity, CancellationToken cancellationToken) =>
        runtime.Log.Watch(runtime.ModelId, RunAsync(call, audio, activity, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<SpeechPart> RunAsync(SpeechCall call, Stream audio, CallActivity activity, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using IDisposable running = runtime.Host.Calls.Enter();
        (LoadedEngine engine, SpeechTranscriber speech) = await runtime.GetAsync(cancellationToken).ConfigureAwait(false);
        TranscriptionOptions options = SpeechRoute.Resolve(call, runtime, engine, speech);
        await engine.PrepareAsync(options.Adapter, cancellationToken).ConfigureAwait(false);
        AudioClip clip = await Task.Run(() => ReadAsync(audio, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (call.Settings.SampleRate is { } rate && rate != clip.SourceSampleRate)
            throw new InvalidRequestException($"SpeechSampleRate is {rate}, but the recording ({clip.SourceFormat}) says {clip.SourceSampleRate}; leave it out, recordings carry their own.");
        await using OpenedStream<SpeechStream, TranscriptSegment> opened =
            await runtime.Opener.OpenAsync<SpeechStream, TranscriptSegment>(() => new SpeechStream(() => runtime.Host.Serving().Speech!.Start(clip, options)), cancellationToken).ConfigureAwait(false);
        TranscriptStream transcript = opened.Stream.Transcript;
        activity.SetAdapter(transcript.Adapter);
        runtime.Log.LogRecording(clip.Duration.TotalSeconds, clip.SourceFormat, engine.Model.Id, transcript.Adapter ?? CallLog.Base);
        List<TranscriptSegment> segments = [];
        bool anyText = false;
        while (await MoveNextAsync(opened, cancellationToken).ConfigureAwait(false))
        {
            TranscriptSegment segment = opened.Current;
            segments.Add(segment);
            runtime.Log.LogSegment(segment.Text);
            // The model writes a space before every segment; before the first there is nothing to part it from.
            string text = anyText ? segment.Text : segment.Text.TrimStart();
            anyText |= text.Length > 0;
            if (text.Length > 0)
                yield return new SpeechPart(engine.Model.Id, transcript.Adapter, text, segment, null);
        }

        runtime.Log.LogTranscribed(transcript.DurationSeconds, segments.Count, transcript.Tokens.Count, transcript.Language);
        yield return new SpeechPart(engine.Model.Id, transcript.Adapter, "", null, End(transcript, segments));
    }

    private async Task<AudioClip> ReadAsync(Stream audio, CancellationToken cancellationToken) => audio is MemoryStream or FileStream
        ? runtime.Reader.Read(audio, cancellationToken)
        : await runtime.Reader.ReadAsync(audio, cancellationToken).ConfigureAwait(false);

    /// <summary>A transcription knows its caller's token only through its own.</summary>
    private static async ValueTask<bool> MoveNextAsync(OpenedStream<SpeechStream, TranscriptSegment> opened, CancellationToken cancellationToken)
    {
        try
        {
            return await opened.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested && e.CancellationToken != cancellationToken)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private static SpeechEnd End(TranscriptStream stream, List<TranscriptSegment> segments)
    {
        var transcript = new Transcript
        {
            Text = string.Concat(segments.Select(segment => segment.Text)).TrimStart(),
            Language = stream.Language,
            LanguageProbabilities = stream.LanguageProbabilities,
            Tokens = [.. stream.Tokens],
            Segments = segments,
            DurationSeconds = stream.DurationSeconds,
        };
        return new SpeechEnd(transcript, new UsageDetails
        {
            OutputTokenCount = transcript.Tokens.Count,
            AdditionalCounts = new() { [FloraKeys.AudioMilliseconds] = (long)Math.Round(stream.DurationSeconds * 1000) },
        });
    }
}
