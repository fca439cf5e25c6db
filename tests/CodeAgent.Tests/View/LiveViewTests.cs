using CodeAgent.Agent;
using CodeAgent.Languages;
using CodeAgent.View;
using Spectre.Console;

namespace CodeAgent.Tests.View;

public sealed class LiveViewTests
{
    [Theory]
    [InlineData(80, 24)]
    [InlineData(120, 30)]
    [InlineData(200, 50)]
    [InlineData(40, 60)]
    public void Ten_panes_fit_the_terminal(int width, int height)
    {
        string[] lines = Draw(width, height);

        lines.Length.ShouldBeLessThan(height);
        lines.ShouldAllBe(l => l.Length <= width);
        foreach (Language language in LanguageTable.All)
            lines.Count(l => l.Contains(language.Name + " " + (language.Id == "py" ? "base" : language.Id + "-flora-r4"))).ShouldBe(1, language.Name);
        lines.Count(l => l.Contains("last line of py")).ShouldBe(1);
    }

    [Theory]
    [InlineData(80, 10)]
    [InlineData(20, 50)]
    public void A_terminal_that_is_too_small_has_no_panes(int width, int height) => PaneGrid.Fit(10, width, height).ShouldBeNull();

    [Fact]
    public void Code_is_shown_as_it_is() => Draw(200, 50).ShouldContain(l => l.Contains("[red]x[/] && a < b"));

    private static string[] Draw(int width, int height)
    {
        var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        console.Profile.Height = height;
        (Language Language, LanguageScore Score)[] languages = [.. LanguageTable.All.Select(l => (l, new LanguageScore(l.Id, l.Id == "py" ? null : l.Id + "-flora-r4")))];
        var view = new LiveView(console, languages, new BatchMeter(), TimeProvider.System);
        view.TaskStarted(1, 5, new CodingTask("name", "Return a description that is longer than most terminals are wide, so that it has to be cut at their edge.", languages.ToDictionary(
            l => l.Language.Id, _ => new LanguageTask("first line of a prompt that is rather long for a pane\n", "", [], true, null))));
        foreach ((Language language, _) in languages)
        {
            view.AttemptStarted(language, 1);
            view.TextArrived(language, $"    [red]x[/] && a < b\n    last line of {language.Id}");
        }
        console.Write(view.Picture());
        return output.ToString().TrimEnd('\n').Split('\n');
    }
}
