using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using TextContent = Microsoft.SemanticKernel.TextContent;
using TranscriptionOptions = FLoRA.Inference.Speech.Transcription.TranscriptionOptions;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Beams, times of words, pieces at once and prompts through both services: what the engine's own transcriber gives with the same options.</summary>
public class SpeechDecodingTests(Tinywhisper tinywhisper) : IClassFixture<Tinywhisper>
{
    private static readonly GoldenRecording[] English = [.. Tinywhisper.Golden.Where(golden => golden.Language == "en")];

    /// <summary>Nothing that the model was trained for, so that other searches and prompts make other texts.</summary>
    private static readonly byte[] Dense = Tinywhisper.Join(English);

    private static readonly byte[] Spaced = Tinywhisper.Join(TimeSpan.FromSeconds(1.5), English);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static FloraAudioToTextExecutionSettings Greedy => new() { Language = "en", Temperature = 0 };

    private static TranscriptionOptions GreedyOptions => new() { Language = "en", Temperature = 0 };

    private async Task<Transcript> OwnAsync(byte[] audio, TranscriptionOptions options) =>
        await tinywhisper.Client.GetService<SpeechTranscriber>()!.Start(new AudioReader().Read(new MemoryStream(audio), Cancel), options).ReadToEndAsync(Cancel);

    private static async Task<TextContent> KernelAsync(Tinywhisper model, byte[] audio, PromptExecutionSettings settings)
    {
        IAudioToTextService service = model.Kernel.GetRequiredService<IAudioToTextService>();
        return (await service.GetTextContentsAsync(new AudioContent(audio, "audio/wav"), settings, model.Kernel, Cancel)).ShouldHaveSingleItem();
    }

    private static async Task<List<SpeechToTextResponseUpdate>> StreamAsync(Tinywhisper model, byte[] audio, params (string Key, object Value)[] more)
    {
        var options = new SpeechToTextOptions { SpeechLanguage = "en", AdditionalProperties = new() { ["temperature"] = 0 } };
        foreach ((string key, object value) in more)
            options.AdditionalProperties[key] = value;
        return await model.Client.GetStreamingTextAsync(new MemoryStream(audio), options, Cancel).ToListAsync(Cancel);
    }

    private static IReadOnlyList<TranscriptSegment> Segments(IReadOnlyDictionary<string, object?>? metadata) =>
        metadata.ShouldNotBeNull()[FloraKeys.Segments].ShouldBeAssignableTo<IReadOnlyList<TranscriptSegment>>().ShouldNotBeNull();

    private static string[] Inputs(IEnumerable<Request> requests) => [.. requests.Select(request => string.Join(' ', request.PromptTokens)).Order(StringComparer.Ordinal)];

    private static string Joined(IEnumerable<SpeechToTextResponseUpdate> updates) => string.Concat(updates.Select(update => update.Text));

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Beams_give_what_the_transcriber_gives_with_as_many(int width)
    {
        Transcript own = await OwnAsync(Dense, GreedyOptions with { BeamSize = width });
        own.Text.ShouldNotBe((await OwnAsync(Dense, GreedyOptions)).Text);

        FloraAudioToTextExecutionSettings settings = Greedy;
        settings.BeamSize = width;
        TextContent text = await KernelAsync(tinywhisper, Dense, settings);
        text.Text.ShouldBe(own.Text);
        Segments(text.Metadata).SelectMany(segment => segment.Tokens).ShouldBe(own.Tokens);
        var loose = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["language"] = "en", ["temperature"] = 0, ["beam_size"] = $"{width}" } };
        (await KernelAsync(tinywhisper, Dense, loose)).Text.ShouldBe(own.Text);
        Joined(await StreamAsync(tinywhisper, Dense, (FloraKeys.BeamSize, width))).ShouldBe(own.Text);
        await tinywhisper.ShouldBeFreeAsync();
    }

    [Fact]
    public async Task Words_come_with_the_segment_of_each_update_and_with_the_metadata_of_the_result()
    {
        Transcript own = await OwnAsync(Dense, GreedyOptions with { WordTimestamps = true });
        List<SpeechToTextResponseUpdate> updates = await StreamAsync(tinywhisper, Dense, (FloraKeys.WordTimestamps, true));
        foreach (SpeechToTextResponseUpdate update in updates.SkipLast(1))
        {
            TranscriptSegment segment = update.RawRepresentation.ShouldBeOfType<TranscriptSegment>();
            string.Concat(segment.Words.Select(word => word.Text)).Trim().ShouldBe(update.Text.Trim());
            segment.Words.Zip(segment.Words.Skip(1)).ShouldAllBe(two => two.First.EndSeconds <= two.Second.StartSeconds);
            (segment.Words[0].StartSeconds, segment.Words[^1].EndSeconds).ShouldBe((segment.StartSeconds, segment.EndSeconds));
            (update.StartTime, update.EndTime).ShouldBe((TimeSpan.FromSeconds(segment.StartSeconds), TimeSpan.FromSeconds(segment.EndSeconds)));
        }

        ShouldBeTheWordsOf(own, Segments(updates[^1].AdditionalProperties));
        updates[^1].RawRepresentation.ShouldBeOfType<Transcript>().Segments.ShouldBe(Segments(updates[^1].AdditionalProperties));
        ShouldBeTheWordsOf(own, Segments(updates.ToSpeechToTextResponse().AdditionalProperties));

        FloraAudioToTextExecutionSettings settings = Greedy;
        settings.WordTimestamps = true;
        TextContent text = await KernelAsync(tinywhisper, Dense, settings);
        ShouldBeTheWordsOf(own, Segments(text.Metadata));
        text.InnerContent.ShouldBeOfType<Transcript>().Segments.ShouldBe(Segments(text.Metadata));
        Segments((await KernelAsync(tinywhisper, Dense, Greedy)).Metadata).ShouldAllBe(segment => segment.Words.Count == 0);
    }

    [Fact]
    public async Task A_batched_recording_is_heard_piece_by_piece_and_all_at_once()
    {
        Transcript own = await OwnAsync(Spaced, GreedyOptions with { Batched = true });
        own.Segments.Select(segment => segment.Text.Trim()).ShouldBe(English.Select(golden => golden.Text));
        int before = (await tinywhisper.StepsAsync()).Count;
        FloraAudioToTextExecutionSettings settings = Greedy;
        settings.Batched = true;
        TextContent text = await KernelAsync(tinywhisper, Spaced, settings);
        text.Text.ShouldBe(own.Text);
        (await tinywhisper.StepsAsync()).Skip(before).Max(step => step.Sequences.Count).ShouldBeGreaterThan(4);

        List<SpeechToTextResponseUpdate> updates = await StreamAsync(tinywhisper, Spaced, (FloraKeys.Batched, true), (FloraKeys.WordTimestamps, "true"));
        SpeechToTextResponseUpdate[] pieces = [.. updates.SkipLast(1)];
        pieces.Select(piece => piece.Text.Trim()).ShouldBe(English.Select(golden => golden.Text));
        pieces.Zip(pieces.Skip(1)).ShouldAllBe(two => two.First.EndTime < two.Second.StartTime);
        pieces.ShouldAllBe(piece => ((TranscriptSegment)piece.RawRepresentation!).Words.Count == piece.Text.Trim().Split(' ').Length);
        await tinywhisper.ShouldBeFreeAsync();
    }

    [Fact]
    public async Task A_batched_recording_is_heard_with_the_adapter_of_the_language_of_its_first_window()
    {
        GoldenRecording[] czech = [.. Tinywhisper.Golden.Where(golden => golden.Language == "cs")];
        using var model = new Tinywhisper(options => options.LanguageAdapters["cs"] = "cs-flora-r4");
        TextContent text = await KernelAsync(model, Tinywhisper.Join(TimeSpan.FromSeconds(1.5), czech), new FloraAudioToTextExecutionSettings { Batched = true, Temperature = 0, ResponseFormat = "srt" });
        (text.Metadata![FloraKeys.ResultAdapterId], text.Metadata[FloraKeys.ResultLanguage]).ShouldBe(("cs-flora-r4", "cs"));
        string[] heard = [.. Segments(text.Metadata).Select(segment => segment.Text.Trim())];
        heard.Length.ShouldBe(czech.Length);
        heard.Skip(1).ShouldBe(czech.Skip(1).Select(golden => golden.Text));
        text.Text.ShouldNotBeNull().Split(" --> ").Length.ShouldBe(czech.Length + 1);
    }

    [Fact]
    public async Task Pieces_wait_for_room_in_a_small_queue()
    {
        using var model = new Tinywhisper(options => (options.MaxSequences, options.Queue.MaxRequests, options.Resilience.Retry.MaxAttempts) = (2, 1, 0));
        string[] texts = [.. (await StreamAsync(model, Spaced, (FloraKeys.Batched, true))).SkipLast(1).Select(piece => piece.Text.Trim())];
        texts.ShouldBe(English.Select(golden => golden.Text));
        await model.ShouldBeFreeAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_prompt_goes_before_the_first_window_or_before_all(bool carried, bool batched)
    {
        const string Prompt = "seven dollars";
        var door = new FaultyEngine();
        using var model = new Tinywhisper(null, services => services.AddSingleton<IModelLoader>(door));
        var settings = new FloraAudioToTextExecutionSettings { Language = "en", Temperature = 0, Prompt = Prompt, CarryPrompt = carried, Batched = batched };
        TextContent text = await KernelAsync(model, Spaced, settings);
        text.Text.ShouldBe((await OwnAsync(Spaced, GreedyOptions with { InitialPrompt = Prompt, CarryInitialPrompt = carried, Batched = batched })).Text.TrimStart());

        // [previous, prompt.., start, language, task]
        Request[] requests = [.. door.Requests];
        requests.Length.ShouldBeGreaterThan(3);
        requests.Count(request => request.PromptTokens.Count > 3).ShouldBe(carried ? requests.Length : 1);
        requests[0].PromptTokens.Count.ShouldBeGreaterThan(3);
        var options = new (string, object)[] { ("initial_prompt", Prompt), ("carry_initial_prompt", carried), (FloraKeys.Batched, batched) };
        Joined(await StreamAsync(model, Spaced, options)).ShouldBe(text.Text);
        Inputs(door.Requests.Skip(requests.Length)).ShouldBe(Inputs(requests));
    }

    [Theory]
    [InlineData("condition_on_previous_text needs one window after the other; batched", "batched", true, "condition_on_previous_text", true)]
    [InlineData("beam_size needs temperature 0", "beam_size", 3, "temperature", 0.4)]
    [InlineData("carry_initial_prompt needs initial_prompt", "carry_initial_prompt", true, "batched", true)]
    [InlineData("patience (2) needs beam_size", "patience", 2, "word_timestamps", true)]
    public async Task What_does_not_go_together_is_refused_by_name_before_the_recording_is_read(string message, string first, object firstValue, string second, object secondValue)
    {
        int before = (await tinywhisper.StepsAsync()).Count;
        var audio = new MemoryStream(English[0].Bytes);
        var options = new SpeechToTextOptions { SpeechLanguage = "en", AdditionalProperties = new() { [first] = firstValue, [second] = secondValue } };
        (await Should.ThrowAsync<InvalidRequestException>(() => tinywhisper.Client.GetTextAsync(audio, options, Cancel))).Message.ShouldContain(message);
        audio.Position.ShouldBe(0);
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { [first] = firstValue, [second] = secondValue } };
        (await Should.ThrowAsync<InvalidRequestException>(() => KernelAsync(tinywhisper, English[0].Bytes, settings))).Message.ShouldContain(message);
        (await tinywhisper.StepsAsync()).Count.ShouldBe(before);
    }

    private static void ShouldBeTheWordsOf(Transcript own, IReadOnlyList<TranscriptSegment> segments)
    {
        segments.SelectMany(segment => segment.Words).Select(word => word.Text).ShouldBe(own.Segments.SelectMany(segment => segment.Words).Select(word => word.Text));
        segments.SelectMany(segment => segment.Words).Select(word => word.StartSeconds).ShouldBe(own.Segments.SelectMany(segment => segment.Words).Select(word => word.StartSeconds));
    }
}
