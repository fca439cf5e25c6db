using System.Globalization;
using FLoRA.Inference.Speech.Transcription;
using Spectre.Console;
using Spectre.Console.Rendering;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.View;

/// <summary>All recordings side by side, and below them what was heard last. The picture is drawn at a steady pace, whatever the segments do.</summary>
internal sealed class LiveView(IAnsiConsole console, IReadOnlyList<Recording> recordings, BatchMeter meter, TimeProvider time) : ITranscriberView
{
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(80);
    private const int MostTexts = 12;

    private readonly Lock _lock = new();
    private readonly Dictionary<Recording, Row> _rows = recordings.ToDictionary(recording => recording, recording => new Row(recording));
    private readonly Queue<string> _heard = [];
    private readonly string _legend = recordings.Any(recording => recording.Reference is not null) ? " · words wrong: base>adapter" : "";
    private readonly int _longestName = LongestName(recordings);

    /// <summary>Whether the terminal is large enough.</summary>
    public static bool Fits(IAnsiConsole console, IReadOnlyList<Recording> recordings) =>
        RowGrid.Fit(recordings.Count, LongestName(recordings), console.Profile.Width, console.Profile.Height) is not null;

    /// <summary>Shows <paramref name="work"/> until it ends.</summary>
    public async Task ShowAsync(Func<Task> work) => await console.Live(Picture()).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
    {
        Task running = work();
        try
        {
            while (!running.IsCompleted)
            {
                live.UpdateTarget(Picture());
                await Task.WhenAny(running, Task.Delay(_pace, time));
            }
            live.UpdateTarget(Picture());
        }
        finally
        {
            // Also where the terminal fails: nothing of the work may go on behind the caller's back.
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await running;
    });

    public void Started(Recording recording) => Change(recording, row => row.Start());

    public void SegmentHeard(Recording recording, TranscriptSegment segment) => Change(recording, row =>
    {
        row.Hear(segment);
        Tell($"{row.Name}  {segment.Text.Trim()}");
    });

    public void Ended(Recording recording, Heard heard, Heard? heardOnBase) => Change(recording, row => row.End(heard, heardOnBase));

    public void Failed(Recording recording, string message) => Change(recording, row =>
    {
        row.Fail();
        Tell($"{row.Name}  {message}");
    });

    /// <summary>The whole picture as it is now.</summary>
    public IRenderable Picture()
    {
        int width = console.Profile.Width;
        if (RowGrid.Fit(_rows.Count, _longestName, width, console.Profile.Height) is not { } grid)
            return new Text(Headline());
        var table = new Grid { Expand = false };
        for (int column = 0; column < grid.Columns; column++)
            table.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0), NoWrap = true, Width = grid.CellWidth });
        lock (_lock)
        {
            Row[] seen = Seen(grid.Capacity);
            for (int line = 0; line < grid.Rows; line++)
                table.AddRow([.. Enumerable.Range(0, grid.Columns).Select(column => (column * grid.Rows) + line).Select(place => place < seen.Length ? Draw(seen[place], grid.CellWidth) : new Text(""))]);
            IEnumerable<string> texts = _heard.TakeLast(grid.TextLines).Concat(Enumerable.Repeat("", MostTexts)).Take(grid.TextLines).Select(text => CellText.Cut(text, width - RowGrid.Spare, RowGrid.Spare));
            return new Rows(
                new Text(CellText.Cut(Headline(), width - RowGrid.Spare), new Style(decoration: Decoration.Bold)), table, new Text(string.Join('\n', texts), new Style(Color.Grey)));
        }
    }

    /// <summary>All in their order, or those that are not finished and the last ones that are.</summary>
    private Row[] Seen(int capacity)
    {
        Row[] all = [.. recordings.Select(recording => _rows[recording])];
        return all.Length <= capacity
            ? all
            : [.. all.OrderBy(row => row.State switch { RowState.Listening => 0, RowState.Failed => 1, RowState.Waiting => 2, _ => 3 }).Take(capacity)];
    }

    private string Headline()
    {
        int done = _rows.Values.Count(row => row.State > RowState.Listening), listening = _rows.Values.Count(row => row.State == RowState.Listening);
        return string.Create(CultureInfo.InvariantCulture, $"{done} of {_rows.Count} recordings, {listening} being heard · {meter.MeanSequences:0.0} per batch{_legend}");
    }

    // The last character of a cell parts it from the next one.
    private static Text Draw(Row row, int width)
    {
        string status = row.Status.Length == 0 ? "" : $" {row.Status}";
        return new Text(CellText.Cut(row.Name, width - 1 - status.Length) + status, new Style(ColorOf(row.State)));
    }

    private static Color ColorOf(RowState state) => state switch
    {
        RowState.Right => Color.Green,
        RowState.Wrong => Color.Yellow,
        RowState.Failed => Color.Red,
        RowState.Listening => Color.Aqua,
        _ => Color.Grey,
    };

    private static int LongestName(IEnumerable<Recording> recordings) => recordings.Max(recording => Row.ShortName(recording.Name).Length);

    /// <summary>Under the lock.</summary>
    private void Tell(string text)
    {
        _heard.Enqueue(text.ReplaceLineEndings(" "));
        if (_heard.Count > MostTexts)
            _heard.Dequeue();
    }

    private void Change(Recording recording, Action<Row> change)
    {
        lock (_lock)
            change(_rows[recording]);
    }
}
