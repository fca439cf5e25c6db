using System.Text;
using CodeAgent.Agent;
using CodeAgent.Languages;

namespace CodeAgent.View;

/// <summary>What a pane is doing.</summary>
internal enum PaneState
{
    Waiting,
    Writing,
    Running,
    Passed,
    Failed,
    NotRun,
}

/// <summary>One language's part of the screen: its code as it grows. Changed and read under the view's lock.</summary>
/// <param name="language">The language.</param>
/// <param name="adapter">Its adapter; null: base.</param>
internal sealed class Pane(Language language, string? adapter)
{
    private readonly StringBuilder _code = new();
    private string _prompt = "";

    public string Title => $"{language.Name} {adapter ?? "base"}";

    public PaneState State { get; private set; }

    /// <summary>The state in a few words.</summary>
    public string Status { get; private set; } = "";

    public void StartTask(string prompt)
    {
        _prompt = prompt;
        _code.Clear().Append(prompt);
        State = PaneState.Waiting;
        Status = "";
    }

    public void StartAttempt(int number)
    {
        _code.Clear().Append(_prompt);
        State = PaneState.Writing;
        Status = number == 1 ? "writing" : $"writing, try {number}";
    }

    public void Append(string text) => _code.Append(text);

    public void StartRun()
    {
        State = PaneState.Running;
        Status = "running";
    }

    public void EndAttempt(Attempt attempt)
    {
        State = attempt.Verdict switch { Verdict.Passed or Verdict.Ended => PaneState.Passed, Verdict.Failed => PaneState.Failed, _ => PaneState.NotRun };
        Status = attempt.Describe() + (attempt.Number > 1 ? $", try {attempt.Number}" : "");
    }

    /// <summary>The last lines of the code that fit. What is longer than the width goes on in the next line, or is cut.</summary>
    public IReadOnlyList<string> Tail(int lines, int width, bool wrap)
    {
        IEnumerable<string> all = _code.ToString().TrimEnd('\n').Split('\n').Select(l => l.Replace("\t", "    ", StringComparison.Ordinal));
        return [.. all.SelectMany(l => wrap && l.Length > width ? l.Chunk(width).Select(c => new string(c)) : [Cut(l, width)]).TakeLast(lines)];
    }

    private static string Cut(string line, int width) => line.Length <= width ? line : line[..(width - 1)] + "…";
}
