using CodeAgent.Agent;
using CodeAgent.Languages;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CodeAgent.View;

/// <summary>A pane per language, streaming side by side. The picture is drawn at a steady pace, whatever the tokens do.</summary>
internal sealed class LiveView(IAnsiConsole console, IReadOnlyList<(Language Language, LanguageScore Score)> languages, BatchMeter meter, TimeProvider time) : IAgentView
{
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(80);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Pane> _panes = languages.ToDictionary(l => l.Language.Id, l => new Pane(l.Language, l.Score.Adapter));
    private string _headline = "Loading the model";

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

    public void TaskStarted(int number, int count, CodingTask task)
    {
        lock (_lock)
        {
            _headline = $"{number}/{count}  {task.Description}";
            foreach ((Language language, _) in languages)
                _panes[language.Id].StartTask(task.ByLanguage[language.Id].Prompt);
        }
    }

    public void AttemptStarted(Language language, int attempt) => Change(language, p => p.StartAttempt(attempt));

    public void TextArrived(Language language, string text) => Change(language, p => p.Append(text));

    public void RunStarted(Language language) => Change(language, p => p.StartRun());

    public void AttemptEnded(Language language, Attempt attempt) => Change(language, p => p.EndAttempt(attempt));

    /// <summary>The whole picture as it is now.</summary>
    public IRenderable Picture()
    {
        int width = console.Profile.Width;
        if (PaneGrid.Fit(_panes.Count, width, console.Profile.Height) is not { } grid)
            return new Text(_headline);
        var table = new Grid { Expand = false };
        for (int column = 0; column < grid.Columns; column++)
            table.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0), NoWrap = true, Width = grid.PaneWidth });
        lock (_lock)
        {
            foreach (IRenderable[] row in _panes.Values.Select(p => Draw(p, grid)).Chunk(grid.Columns))
                table.AddRow(row);
            return new Rows(new Text(Cut(_headline, width), new Style(decoration: Decoration.Bold)), table, new Text(Cut(Footer(), width), new Style(Color.Grey)));
        }
    }

    private string Footer() =>
        $"passed {languages.Sum(l => l.Score.Passed)} of {languages.Sum(l => l.Score.Ran)} run · {languages.Sum(l => l.Score.Tokens)} tokens · {meter.Total.MeanSequences:0.0} sequences per batch";

    private static IRenderable Draw(Pane pane, PaneGrid grid)
    {
        IReadOnlyList<string> code = pane.Tail(grid.CodeLines, grid.CodeWidth, wrap: grid.HasBorder);
        string text = string.Join('\n', code.Concat(Enumerable.Repeat("", grid.CodeLines - code.Count)));
        Color color = ColorOf(pane.State);
        if (grid.HasBorder)
        {
            string header = Cut($" {pane.Title} · {pane.Status} ", grid.PaneWidth - 4);
            return new Panel(new Text(text)) { Header = new PanelHeader(Markup.Escape(header)), Border = BoxBorder.Rounded, BorderStyle = new Style(color), Width = grid.PaneWidth, Padding = new Padding(1, 0, 1, 0) };
        }
        return new Rows(new Text(Cut($"{pane.Title} · {pane.Status}", grid.CodeWidth), new Style(color, decoration: Decoration.Underline)), new Text(text));
    }

    private static Color ColorOf(PaneState state) => state switch
    {
        PaneState.Passed => Color.Green,
        PaneState.Failed => Color.Red,
        PaneState.Running => Color.Yellow,
        PaneState.Writing => Color.Aqua,
        _ => Color.Grey,
    };

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..(width - 1)] + "…";

    private void Change(Language language, Action<Pane> change)
    {
        lock (_lock)
            change(_panes[language.Id]);
    }
}
