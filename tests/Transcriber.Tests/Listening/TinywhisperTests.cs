using System.Collections.Concurrent;
using System.Text.Json;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;
using Microsoft.SemanticKernel;
using Transcriber.Listening;
using Transcriber.Recordings;
using Transcriber.View;

namespace Transcriber.Tests.Listening;

/// <summary>The embedded model through the kernel: all recordings at once, against what transformers heard in each alone.</summary>
public sealed class TinywhisperTests
{
    [Fact]
    public async Task Word_errors_of_every_recording_are_those_of_the_reference()
    {
        EmbeddedModel embedded = EmbeddedModel.Find(AppContext.BaseDirectory);
        SpeechSettings settings = SpeechSettings.Of(new TranscriberOptions(), embedded, AppContext.BaseDirectory);
        var meter = new BatchMeter();
        Kernel kernel = SpeechKernel.Build(settings, meter);
        using var owned = (IDisposable)kernel.Services;
        var view = new NotingView();
        var loop = new TranscriberLoop(new KernelListener(kernel, settings), view, (_, _, _) => Task.CompletedTask);
        await loop.RunAsync(RecordingList.Of(new TranscriberOptions(), embedded), TestContext.Current.CancellationToken);

        JsonElement golden = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(embedded.Model, "..", "files.json"), TestContext.Current.CancellationToken));
        JsonElement[] files = [.. golden.GetProperty("files").EnumerateArray()];
        files.Length.ShouldBe(view.Heard.Count);
        foreach (JsonElement file in files)
        {
            string audio = file.GetProperty("audio").GetString()!;
            string? adapter = file.GetProperty("adapter").GetString();
            string text = view.Heard[(audio, adapter)];
            ErrorRate.OfWords(file.GetProperty("reference").GetString()!, text).ShouldBe(
                new ErrorRate(file.GetProperty("word_errors").GetInt32(), file.GetProperty("words").GetInt32()), $"{audio} {adapter ?? "base"}: {text}");
        }

        foreach (JsonProperty rate in golden.GetProperty("wer").EnumerateObject())
        {
            LanguageScore score = loop.Scores.Single(score => score.Language == rate.Name.Split('/')[0]);
            ErrorRate words = rate.Name.EndsWith("/base", StringComparison.Ordinal) ? score.BaseWords : score.Words;
            words.Value.ShouldBe(rate.Value.GetDouble(), 5e-5, rate.Name);
        }

        meter.MeanSequences.ShouldBeGreaterThan(8);
    }

    /// <summary>Notes who heard what.</summary>
    private sealed class NotingView : ITranscriberView
    {
        public ConcurrentDictionary<(string Name, string? Adapter), string> Heard { get; } = [];

        public void Started(Recording recording)
        {
        }

        public void SegmentHeard(Recording recording, TranscriptSegment segment)
        {
        }

        public void Ended(Recording recording, Heard heard, Heard? heardOnBase)
        {
            Heard[(recording.Name, heard.Adapter)] = heard.Transcript.Text;
            if (heardOnBase is not null)
                Heard[(recording.Name, heardOnBase.Adapter)] = heardOnBase.Transcript.Text;
        }

        public void Failed(Recording recording, string message) => throw new InvalidOperationException(message);
    }
}
