using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription.Output;
using Transcriber.Listening;
using Transcriber.Recordings;
using Transcriber.View;

namespace Transcriber.Tests.Listening;

public sealed class TranscriberLoopTests : IDisposable
{
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public async Task The_base_model_is_asked_where_an_adapter_listened_and_the_text_is_known()
    {
        var listener = new FakeListener((recording, onBase) => onBase ? Heards.Of("x b c", language: "cs") : recording.Name == "en" ? Heards.Of("a b", language: "en") : Heards.Of("a b c", "cs-adapter", "cs"));
        TranscriberLoop loop = await RunAsync(listener, Recording("cs", "cs", "a b c"), Recording("unknown", null, null), Recording("detected", null, "a b d"), Recording("en", "en", "a b"));

        listener.Asked.Where(asked => asked.OnBase).OrderBy(asked => asked.Name).ShouldBe([("cs", "cs", true), ("detected", "cs", true)]);
        listener.Asked.Count.ShouldBe(6);
        loop.Scores.Select(score => (score.Language, score.Recordings)).ShouldBe([("cs", 2), ("en", 1)]);
        LanguageScore czech = loop.Scores[0];
        (czech.BaseWords, czech.Words, czech.Characters).ShouldBe((new ErrorRate(3, 6), new ErrorRate(1, 6), new ErrorRate(1, 10)));
        czech.Adapters.ShouldBe(["cs-adapter"]);
        loop.Scores[1].Adapters.ShouldBeEmpty();
        loop.Scores[1].BaseWords.ShouldBe(new ErrorRate(0, 2));
    }

    [Fact]
    public async Task A_recording_that_cannot_be_read_fails_alone()
    {
        var listener = new FakeListener((recording, _) => recording.Name == "bad" ? throw new AudioFormatException("no recording") : Heards.Of("a"));
        TranscriberLoop loop = await RunAsync(listener, Recording("bad", null, "a"), Recording("good", null, "a"));

        loop.Failed.ShouldBe(1);
        loop.Scores.Single().Recordings.ShouldBe(1);
        _output.ToString().ShouldContain("bad   failed: no recording");
        _output.ToString().ShouldContain("good  0 of 1    a");
    }

    [Fact]
    public async Task What_is_wrong_with_every_recording_ends_the_work()
    {
        var listener = new FakeListener((_, _) => throw new InvalidRequestException("language 'xx'"));

        await Should.ThrowAsync<InvalidRequestException>(() => RunAsync(listener, Recording("a", "xx", null)));
    }

    private static Recording Recording(string name, string? language, string? reference) => new($"/no/{name}", name, language, reference);

    private async Task<TranscriberLoop> RunAsync(FakeListener listener, params Recording[] recordings)
    {
        var loop = new TranscriberLoop(listener, new PlainView(_output, recordings), (_, _, _) => Task.CompletedTask);
        await loop.RunAsync(recordings, TestContext.Current.CancellationToken);
        return loop;
    }
}
