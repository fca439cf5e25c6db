using Spectre.Console;
using Transcriber.Listening;
using Transcriber.Recordings;
using Transcriber.View;

namespace Transcriber.Tests.View;

public sealed class LiveViewTests
{
    private static readonly Recording[] Embedded = [.. RecordingList.Of(new TranscriberOptions(), EmbeddedModel.Find(AppContext.BaseDirectory))];

    [Theory]
    [InlineData(80, 24)]
    [InlineData(100, 30)]
    [InlineData(200, 50)]
    [InlineData(60, 40)]
    public void All_embedded_recordings_fit_the_terminal(int width, int height)
    {
        string[] lines = Draw(Embedded, width, height, _ => { });

        lines.Length.ShouldBeLessThan(height);
        lines.ShouldAllBe(line => line.Length <= width - RowGrid.Spare);
        foreach (Recording recording in Embedded)
            lines.Count(line => line.Contains(Row.ShortName(recording.Name))).ShouldBe(1, recording.Name);
    }

    [Theory]
    [InlineData(80, 5)]
    [InlineData(25, 50)]
    public void A_terminal_that_is_too_small_has_no_table(int width, int height) => RowGrid.Fit(72, 5, width, height).ShouldBeNull();

    [Fact]
    public void Of_too_many_recordings_those_that_go_on_are_seen()
    {
        Recording[] many = [.. Enumerable.Range(0, 500).Select(i => new Recording($"/{i}", $"file {i}.wav", null, null))];
        string[] lines = Draw(many, 80, 24, view =>
        {
            foreach (Recording recording in many[..450])
                view.Ended(recording, Heards.Of("x"), null);
            foreach (Recording recording in many[450..460])
                view.Started(recording);
        });

        lines[0].ShouldStartWith("450 of 500 recordings, 10 being heard");
        lines.Sum(line => line.Split("hearing").Length - 1).ShouldBe(10);
    }

    [Fact]
    public void A_row_tells_where_it_is_and_how_many_words_are_wrong()
    {
        Recording[] recordings = [new("/a", "a.wav", "cs", "one two"), new("/b", "b.wav", null, null), new("/c", "c.flac", null, "one"), new("/d", "d.wav", null, null)];
        string[] lines = Draw(recordings, 100, 20, view =>
        {
            view.Started(recordings[0]);
            view.SegmentHeard(recordings[0], Heards.Segment(" one two", 61));
            view.Ended(recordings[0], Heards.Of("one two", "adapter"), Heards.Of("one", language: "cs"));
            view.SegmentHeard(recordings[1], Heards.Segment(" [red]x[/]", 3723));
            view.Failed(recordings[2], "no recording");
        });

        lines[0].ShouldContain("words wrong: base>adapter");
        lines[1].ShouldStartWith("a 1>0 of 2");
        lines[1].ShouldContain("b 1:02:03");
        lines[1].ShouldContain("c.flac failed");
        lines.ShouldContain("a  one two");
        lines.ShouldContain("b  [red]x[/]");
        lines.ShouldContain("c.flac  no recording");
    }

    [Theory]
    [InlineData("abcdef", 4, 0, "abc…")]
    [InlineData("abcd", 4, 0, "abcd")]
    [InlineData("日本語", 5, 0, "日本…")]
    [InlineData("कि की", 10, 2, "कि की")]
    [InlineData("कि की कु", 10, 2, "कि की क…")]
    public void Text_is_cut_by_cells_and_by_marks(string text, int width, int marks, string expected) => CellText.Cut(text, width, marks).ShouldBe(expected);

    private static string[] Draw(Recording[] recordings, int width, int height, Action<LiveView> happen)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        console.Profile.Height = height;
        LiveView.Fits(console, recordings).ShouldBeTrue();
        var view = new LiveView(console, recordings, new BatchMeter(), TimeProvider.System);
        happen(view);
        console.Write(view.Picture());
        return [.. output.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }
}
