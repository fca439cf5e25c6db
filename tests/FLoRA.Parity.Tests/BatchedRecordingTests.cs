using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;
using FLoRA.TestData;

namespace FLoRA.Parity.Tests;

/// <summary>Long recordings cut at silences and decoded all at once, against one window after the other.</summary>
public class BatchedRecordingTests
{
    private static readonly string Folder = Path.Combine(RepositoryData.Golden, "longform");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Recordings_with_pauses_lose_fewer_words_than_one_window_after_the_other()
    {
        using Engine engine = Load();
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(RepositoryData.TinyWhisper, "model"));
        ErrorRate sequential = default, batched = default;
        foreach (JsonElement one in Recordings.Where(one => Spoken(one).Length > 0))
        {
            (ErrorRate before, ErrorRate now) = (ErrorRate.OfWords(Spoken(one), await TextAsync(transcriber, one, false)), ErrorRate.OfWords(Spoken(one), await TextAsync(transcriber, one, true)));
            Assert.True(now.Edits <= before.Edits, $"{one.GetProperty("audio").GetString()}: {now.Edits} word errors, {before.Edits} one window after the other, of {now.Length}");
            (sequential, batched) = (sequential + before, batched + now);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"word errors: {sequential.Edits} one window after the other, {batched.Edits} batched, of {batched.Length} words");
        Assert.InRange(batched.Value, 0, 0.15);
        Assert.InRange(sequential.Value, 0.5, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_recordings_at_once_give_segments_in_order_inside_the_recording_the_same_every_time(bool words)
    {
        using Engine engine = Load();
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(RepositoryData.TinyWhisper, "model"));
        Transcript[] alone = new Transcript[Recordings.Count()];
        foreach ((int i, JsonElement one) in Recordings.Index())
            alone[i] = await ReadAsync(transcriber, one, batched: true, words);

        Transcript[] together = await Task.WhenAll(Recordings.Select(one => ReadAsync(transcriber, one, batched: true, words)));

        Assert.Equal(alone.Select(transcript => transcript.Text), together.Select(transcript => transcript.Text));
        Assert.All(together, transcript =>
        {
            // With words a segment has the times of its first and last one, and openai/whisper's limits on long words may let two overlap by a little.
            double[] times = [.. transcript.Segments.SelectMany(segment => words ? segment.Words.Select(word => word.StartSeconds) : [segment.StartSeconds, segment.EndSeconds])];
            Assert.Equal(times.Order(), times);
            Assert.All(times, time => Assert.InRange(time, 0, transcript.DurationSeconds));
            // A word may run over the border of two segments.
            Assert.Equal(words ? transcript.Text : "", string.Concat(transcript.Segments.SelectMany(segment => segment.Words).Select(word => word.Text)));
        });
        var left = await engine.ReadOccupancyAsync();
        Assert.Equal((0, 0, left.TotalBlocks, 0), (left.RunningSequences, left.WaitingSequences, left.FreeBlocks, left.AdapterPins));
    }

    // The floor of the features is that of the loudest frame of the whole recording, so an id that nearly ties may change; one of eight German ones does.
    [Theory]
    [InlineData("en", null)]
    [InlineData("es", null)]
    [InlineData("cs", "cs-flora-r4")]
    public async Task Utterances_between_silences_are_what_they_are_alone(string language, string? adapter)
    {
        using Engine engine = Load();
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(RepositoryData.TinyWhisper, "model"));
        TranscriptionOptions options = new() { Adapter = adapter, Language = language, Temperature = 0, Batched = true };
        AudioClip[] utterances = [.. Directory.GetFiles(Path.Combine(RepositoryData.TinyWhisper, "audio", language), "*.wav").Order(StringComparer.Ordinal).Select(file => new AudioReader().ReadFile(file))];
        string[] alone = await Task.WhenAll(utterances.Select(async clip => (await transcriber.Start(clip, options).ReadToEndAsync(Cancellation)).Text));

        AudioClip talk = utterances[0] with { Samples = utterances.SelectMany(clip => clip.Samples.ToArray().Concat(new float[2 * AudioClip.SampleRate])).ToArray() };
        Transcript transcript = await transcriber.Start(talk, options).ReadToEndAsync(Cancellation);

        Assert.Equal(alone, transcript.Segments.Select(segment => segment.Text));
    }

    private static Engine Load() => Engine.Load(new EngineOptions
    {
        Model = Path.Combine(RepositoryData.TinyWhisper, "model"),
        AdapterFolders = [Path.Combine(RepositoryData.TinyWhisper, "adapters")],
        Device = "cpu",
        Threads = 2,
    });

    private static IEnumerable<JsonElement> Recordings => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json"))).RootElement.GetProperty("cases").EnumerateArray()
        .DistinctBy(one => one.GetProperty("audio").GetString());

    private static AudioClip Clip(JsonElement one) => new AudioReader().ReadFile(Path.Combine(Folder, one.GetProperty("audio").GetString()!));

    private static string Spoken(JsonElement one) => string.Join(' ', one.GetProperty("spoken").EnumerateArray().Select(said => said.GetString()));

    private static Task<Transcript> ReadAsync(SpeechTranscriber transcriber, JsonElement one, bool batched, bool words = false) => transcriber.Start(Clip(one), new TranscriptionOptions
    {
        Adapter = one.GetProperty("adapter").GetString(),
        Language = one.GetProperty("language").GetString(),
        Temperature = 0,
        Batched = batched,
        WordTimestamps = words,
    }).ReadToEndAsync(Cancellation);

    private static async Task<string> TextAsync(SpeechTranscriber transcriber, JsonElement one, bool batched) =>
        string.Join(' ', (await ReadAsync(transcriber, one, batched)).Segments.Select(segment => segment.Text.Trim()));
}
