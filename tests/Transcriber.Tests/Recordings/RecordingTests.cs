using FLoRA.Inference.Tests.TestSupport;
using Transcriber.Recordings;

namespace Transcriber.Tests.Recordings;

/// <summary>Which recordings are meant, what is known of them, and where their transcripts go.</summary>
public sealed class RecordingTests : IDisposable
{
    private static readonly EmbeddedModel Embedded = EmbeddedModel.Find(AppContext.BaseDirectory);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_given_means_the_embedded_recordings_of_nine_languages()
    {
        IReadOnlyList<Recording> recordings = RecordingList.Of(new TranscriberOptions(), Embedded);

        recordings.Count.ShouldBe(72);
        recordings.Select(r => r.Language).Distinct().Count().ShouldBe(9);
        recordings.ShouldAllBe(r => File.Exists(r.Path) && r.Reference!.Length > 0);
        recordings[0].Name.ShouldBe("en/00.wav");
    }

    [Fact]
    public void A_folder_is_searched_for_recordings_in_order_and_a_file_is_taken_whatever_its_name()
    {
        Write("b.FLAC", "sub/a.wav", "notes.txt", "odd");

        RecordingList.Of(new TranscriberOptions { Paths = [_folder.Path] }, Embedded).Select(r => r.Name).ShouldBe(["b.FLAC", "sub/a.wav"]);
        RecordingList.Of(new TranscriberOptions { Paths = [_folder.File("odd"), _folder.Path, _folder.File("b.FLAC")] }, Embedded).Count.ShouldBe(3);
    }

    [Fact]
    public void The_table_gives_texts_and_languages_and_the_option_the_rest()
    {
        Write("a.wav", "b.wav", "c.wav");
        string table = Table("a.wav\tein Text\tde\n\n{\"audio\":\"b.wav\",\"text\":\"a text\"}\n");

        IReadOnlyList<Recording> all = RecordingList.Of(new TranscriberOptions { Paths = [_folder.Path], References = table, Language = "en" }, Embedded);
        all.Select(r => (r.Name, r.Language, r.Reference)).ShouldBe([("a.wav", "de", "ein Text"), ("b.wav", "en", "a text"), ("c.wav", "en", null)]);
        RecordingList.Of(new TranscriberOptions { References = table }, Embedded).Select(r => (r.Name, r.Language)).ShouldBe([("a.wav", "de"), ("b.wav", null)]);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a.wav", "line 1: expected audio, text")]
    [InlineData("a.wav\tx\n{\"audio\":\"b.wav\"}", "line 2: expected {\"audio\",\"text\"}")]
    [InlineData("a.wav\tx\n./a.wav\ty", "'a.wav' more than once")]
    public void A_table_that_is_wrong_is_refused(string content, string message)
    {
        string table = Table(content);

        Should.Throw<UsageException>(() => ReferenceTable.Read(table)).Message.ShouldContain(message);
    }

    [Fact]
    public void What_is_not_there_is_refused_by_name()
    {
        Should.Throw<UsageException>(() => RecordingList.Of(new TranscriberOptions { Paths = ["/no/such"] }, Embedded)).Message.ShouldContain("'/no/such'");
        Should.Throw<UsageException>(() => RecordingList.Of(new TranscriberOptions { Paths = [_folder.Path] }, Embedded)).Message.ShouldContain(_folder.Path);
        Should.Throw<UsageException>(() => ReferenceTable.Read("/no/such")).Message.ShouldContain("'/no/such'");
    }

    [Fact]
    public async Task Transcripts_lie_beside_the_recording_and_replace_nothing_unasked()
    {
        Write("a.wav");
        IReadOnlyList<Recording> recordings = RecordingList.Of(new TranscriberOptions { Paths = [_folder.Path] }, Embedded);
        TranscriptFiles.Check(recordings, overwrite: false);
        await TranscriptFiles.WriteAsync(recordings[0], Heards.Transcript("hello"), TestContext.Current.CancellationToken);

        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order().ShouldBe(["a.json", "a.srt", "a.txt", "a.wav"]);
        File.ReadAllText(_folder.File("a.txt")).ShouldBe("hello\n");
        File.ReadAllText(_folder.File("a.srt")).ShouldBe("1\n00:00:00,000 --> 00:00:02,000\nhello\n\n");
        File.ReadAllText(_folder.File("a.json")).ShouldStartWith("{\"text\":\"hello\",");
        Should.Throw<UsageException>(() => TranscriptFiles.Check(recordings, overwrite: false)).Message.ShouldContain("3 of the files that would be written exist");
        TranscriptFiles.Check(recordings, overwrite: true);
    }

    [Fact]
    public void Two_recordings_never_share_a_transcript()
    {
        Write("a.wav", "a.mp3");
        IReadOnlyList<Recording> recordings = RecordingList.Of(new TranscriberOptions { Paths = [_folder.Path] }, Embedded);

        Should.Throw<UsageException>(() => TranscriptFiles.Check(recordings, overwrite: true)).Message.ShouldContain("'a.mp3' and 'a.wav' differ only in their extension");
    }

    private string Table(string content) => _folder.Write("table", System.Text.Encoding.UTF8.GetBytes(content));

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            _folder.Write(name, []);
        }
    }
}
