using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Transcription;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What both services give, take and refuse, on the real engine.</summary>
public class SpeechResultTests(Tinywhisper tinywhisper) : IClassFixture<Tinywhisper>
{
    private static readonly GoldenRecording Golden = Tinywhisper.Of("en");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly byte[] Long = Tinywhisper.Join(Tinywhisper.Golden.Where(golden => golden.Language == "en"));

    private ISpeechToTextClient Client => tinywhisper.Client;

    private IAudioToTextService Service => tinywhisper.Kernel.GetRequiredService<IAudioToTextService>();

    // A recording of several short ones is nothing that the model was trained for: it would be tried again at random temperatures.
    private static SpeechToTextOptions Greedy => new() { SpeechLanguage = "en", AdditionalProperties = new() { ["temperature"] = 0 } };

    private static Stream Audio => new MemoryStream(Golden.Bytes);

    [Fact]
    public async Task A_stream_is_the_full_response_in_pieces()
    {
        SpeechToTextOptions options = Greedy;
        List<SpeechToTextResponseUpdate> updates = await Client.GetStreamingTextAsync(new MemoryStream(Long), options, Cancel).ToListAsync(Cancel);
        SpeechToTextResponse full = await Client.GetTextAsync(new MemoryStream(Long), options, Cancel);
        string.Concat(updates.Select(update => update.Text)).ShouldBe(full.Text);
        full.Text.ShouldContain("dollars");
        full.Text.ShouldBe(full.Text.TrimStart());

        SpeechToTextResponseUpdate[] pieces = [.. updates.SkipLast(1)];
        pieces.Length.ShouldBeGreaterThan(3);
        pieces.ShouldAllBe(piece => piece.Kind == SpeechToTextResponseUpdateKind.TextUpdated && piece.Text.Length > 0 && piece.StartTime <= piece.EndTime);
        pieces.Zip(pieces.Skip(1)).ShouldAllBe(two => two.First.EndTime <= two.Second.StartTime);
        updates[^1].Kind.ShouldBe(SpeechToTextResponseUpdateKind.SessionClose);
        updates[^1].Text.ShouldBeEmpty();
        updates.Select(update => (update.ResponseId, update.ModelId)).Distinct().ShouldHaveSingleItem().ModelId.ShouldBe("tinywhisper");
        (full.StartTime, full.EndTime).ShouldBe((pieces[0].StartTime, pieces[^1].EndTime));
        full.ModelId.ShouldBe("tinywhisper");

        UsageDetails usage = full.Usage.ShouldNotBeNull();
        usage.AdditionalCounts![FloraKeys.AudioMilliseconds].ShouldBe((long)Math.Round(((TimeSpan)full.AdditionalProperties![FloraKeys.Duration]!).TotalMilliseconds));
        usage.OutputTokenCount.ShouldBe(((IReadOnlyList<TranscriptSegment>)full.AdditionalProperties[FloraKeys.Segments]!).Sum(segment => segment.Tokens.Count));
        full.AdditionalProperties.Keys.Order().ShouldBe(new[] { "AdapterId", "Duration", "FinishReason", "Language", "ModelId", "Segments", "Usage", "adapter_id" }.Order());
        updates[^1].AdditionalProperties!.Keys.Order().ShouldBe(full.AdditionalProperties.Keys.Order());
    }

    [Fact]
    public async Task Both_services_give_the_same_text_and_metadata()
    {
        TextContentOf(await Service.GetTextContentsAsync(new AudioContent(Long, null), new FloraAudioToTextExecutionSettings { Language = "en", Temperature = 0 }, cancellationToken: Cancel), out string text, out IReadOnlyDictionary<string, object?> metadata);
        SpeechToTextResponse response = await Client.GetTextAsync(new MemoryStream(Long), Greedy, Cancel);
        text.ShouldBe(response.Text);
        metadata.Keys.Append("adapter_id").Order().ShouldBe(response.AdditionalProperties!.Keys.Order());
    }

    [Fact]
    public async Task Content_is_taken_from_bytes_and_data_addresses_and_nothing_is_fetched()
    {
        var settings = Tinywhisper.Settings(Golden);
        TextContentOf(await Service.GetTextContentsAsync(new AudioContent($"data:audio/wav;base64,{Convert.ToBase64String(Golden.Bytes)}"), settings, cancellationToken: Cancel), out string text, out _);
        text.ShouldBe(Golden.Text);
        NotSupportedException refused = await Should.ThrowAsync<NotSupportedException>(() => Service.GetTextContentsAsync(new AudioContent(new Uri("https://example.org/a.wav")), settings, cancellationToken: Cancel));
        refused.Message.ShouldContain("https://example.org/a.wav");
        await Should.ThrowAsync<AudioFormatException>(() => Service.GetTextContentsAsync(new AudioContent(new byte[] { 1, 2, 3 }, "audio/wav"), settings, cancellationToken: Cancel));
        await Should.ThrowAsync<ArgumentNullException>(() => Service.GetTextContentsAsync(null!, settings, cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("srt", "1\n00:00:0")]
    [InlineData("vtt", "WEBVTT\n\n00:0")]
    public async Task The_kernels_service_writes_subtitles(string format, string begins)
    {
        var settings = new FloraAudioToTextExecutionSettings { Language = "en", ResponseFormat = format };
        TextContentOf(await Service.GetTextContentsAsync(new AudioContent(Long, null), settings, cancellationToken: Cancel), out string text, out _);
        text.ShouldStartWith(begins);
        text.ShouldContain(" --> ");
        var options = new SpeechToTextOptions { AdditionalProperties = new() { ["response_format"] = format } };
        Should.Throw<NotSupportedException>(() => Client.GetStreamingTextAsync(Audio, options, Cancel)).Message.ShouldContain("response_format");
    }

    [Fact]
    public async Task A_stream_that_can_neither_seek_nor_be_read_synchronously_is_read_and_left_open()
    {
        await using var body = new BodyStream(Golden.Bytes);
        (await Client.GetTextAsync(body, Tinywhisper.Options(Golden), Cancel)).Text.ShouldBe(Golden.Text);
        body.IsClosed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("en", "en", false)]
    [InlineData("en-GB", "en", false)]
    [InlineData("de", "en", true)]
    [InlineData(null, "en-US", true)]
    [InlineData(null, null, false)]
    public void The_language_of_the_text_asks_for_a_translation_into_English(string? spoken, string? written, bool translates) =>
        SpeechToTextOptionsReader.Read(new() { SpeechLanguage = spoken, TextLanguage = written }).ToOptions().Task.ShouldBe(translates ? SpeechTask.Translate : SpeechTask.Transcribe);

    [Theory]
    [InlineData("de", "fr")]
    [InlineData(null, "de")]
    public void Another_language_of_the_text_is_refused_by_name(string? spoken, string written) =>
        Should.Throw<NotSupportedException>(() => SpeechToTextOptionsReader.Read(new() { SpeechLanguage = spoken, TextLanguage = written })).Message.ShouldContain($"'{written}'");

    [Fact]
    public void A_setting_given_twice_is_an_error()
    {
        Should.Throw<InvalidRequestException>(() => SpeechToTextOptionsReader.Read(new() { SpeechLanguage = "de", AdditionalProperties = new() { ["language"] = "de" } }));
        Should.Throw<InvalidRequestException>(() => SpeechToTextOptionsReader.Read(new() { TextLanguage = "en", AdditionalProperties = new() { ["task"] = "transcribe" } }));
    }

    [Fact]
    public async Task The_sample_rate_must_be_the_recordings()
    {
        (await Client.GetTextAsync(Audio, new() { SpeechLanguage = "en", SpeechSampleRate = 16_000 }, Cancel)).Text.ShouldNotBeEmpty();
        InvalidRequestException error = await Should.ThrowAsync<InvalidRequestException>(() => Client.GetTextAsync(Audio, new() { SpeechSampleRate = 44_100 }, Cancel));
        new[] { "44100", "16000" }.ShouldAllBe(part => error.Message.Contains(part));
    }

    [Fact]
    public async Task Unknown_settings_are_errors_by_name_and_options_are_not_changed()
    {
        var options = new SpeechToTextOptions { SpeechLanguage = "en", AdditionalProperties = new() { ["adaptor_id"] = "x" } };
        Should.Throw<NotSupportedException>(() => Client.GetStreamingTextAsync(Audio, options, Cancel)).Message.ShouldContain("'adaptor_id'");
        options.AdditionalProperties = new() { ["timestamps"] = "false", ["temperature"] = 0 };
        await Client.GetTextAsync(Audio, options, Cancel);
        (options.SpeechLanguage, options.ModelId, options.TextLanguage, options.AdditionalProperties.Count).ShouldBe(("en", null, null, 2));
        (await Should.ThrowAsync<InvalidRequestException>(() => Client.GetTextAsync(Audio, new() { AdditionalProperties = new() { ["temperature"] = -1 } }, Cancel))).Message.ShouldContain("temperature");
    }

    [Fact]
    public async Task Silence_and_an_empty_recording_end_as_others_do()
    {
        SpeechToTextResponse response = await Client.GetTextAsync(new MemoryStream(Tinywhisper.Join()), new() { SpeechLanguage = "en" }, Cancel);
        response.Text.ShouldBeEmpty();
        response.AdditionalProperties![FloraKeys.FinishReason].ShouldBe("stop");
        ((IReadOnlyList<TranscriptSegment>)response.AdditionalProperties[FloraKeys.Segments]!).ShouldBeEmpty();
    }

    [Fact]
    public async Task Leaving_or_cancelling_frees_everything()
    {
        await foreach (SpeechToTextResponseUpdate update in Client.GetStreamingTextAsync(new MemoryStream(Long), Greedy, Cancel))
        {
            update.Text.ShouldNotBeEmpty();
            break;
        }

        using var source = new CancellationTokenSource();
        OperationCanceledException cancelled = await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (SpeechToTextResponseUpdate update in Client.GetStreamingTextAsync(new MemoryStream(Long), Greedy, source.Token))
                await source.CancelAsync();
        });
        cancelled.CancellationToken.ShouldBe(source.Token);
        await Should.ThrowAsync<OperationCanceledException>(() => Client.GetTextAsync(Audio, null, new CancellationToken(true)));
        await tinywhisper.ShouldBeFreeAsync();
    }

    [Fact]
    public void It_tells_what_it_is()
    {
        Client.GetService<SpeechToTextClientMetadata>().ShouldNotBeNull().DefaultModelId.ShouldBe("tinywhisper");
        Client.GetService<FloraSpeechToTextClient>().ShouldBeSameAs(Client);
        Client.GetService<SpeechTranscriber>().ShouldNotBeNull().Languages.ShouldContain("kk");
        Client.GetService<string>().ShouldBeNull();
        Client.GetService(typeof(Engine), "key").ShouldBeNull();
        Service.Attributes["ModelId"].ShouldBe("tinywhisper");
    }

    [Fact]
    public async Task A_client_of_its_own_loads_by_the_first_call_and_disposes_of_its_engine()
    {
        var options = new FloraSpeechOptions();
        Tinywhisper.Configure(options);
        var client = new FloraSpeechToTextClient(options);
        (await client.GetTextAsync(Audio, Tinywhisper.Options(Golden), Cancel)).Text.ShouldBe(Golden.Text);
        client.Dispose();
        client.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => client.GetTextAsync(Audio, null, Cancel));
    }

    private static void TextContentOf(IReadOnlyList<Microsoft.SemanticKernel.TextContent> contents, out string text, out IReadOnlyDictionary<string, object?> metadata)
    {
        Microsoft.SemanticKernel.TextContent content = contents.ShouldHaveSingleItem();
        (text, metadata) = (content.Text.ShouldNotBeNull(), content.Metadata.ShouldNotBeNull());
    }

    /// <summary>As the body of a web request: no seeking, no synchronous reading.</summary>
    private sealed class BodyStream(byte[] bytes) : Stream
    {
        private readonly MemoryStream _inner = new(bytes);

        internal bool IsClosed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous operations are disallowed.");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _inner.ReadAsync(buffer, cancellationToken);

        public override void Close() => IsClosed = true;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
