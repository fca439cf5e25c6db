using System.Text.RegularExpressions;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// What the regular expressions of one adapter may take together. Each is bounded by itself (<see cref="StrangerPattern"/>), but a file may have thousands, and each is matched against every
/// module. Not thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PatternBudget(TimeProvider time)
{
    /// <summary>An expression that is matched without backtracking takes about a megabyte; published adapters have one or two, and hundreds of plain names.</summary>
    public const int MostAutomata = 64;

    private static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    private TimeSpan _taken;
    private int _automata;

    /// <summary>Whether one more expression may become an automaton.</summary>
    public bool TryTakeAutomaton() => _automata++ < MostAutomata;

    /// <summary>The first match in <paramref name="text"/>.</summary>
    /// <exception cref="RegexMatchTimeoutException">The expression takes too long, or all together have.</exception>
    public Match Match(Regex expression, string text)
    {
        long begun = time.GetTimestamp();
        Match match = expression.Match(text);
        _taken += time.GetElapsedTime(begun);
        return _taken <= Most ? match : throw new RegexMatchTimeoutException(text, expression.ToString(), Most);
    }
}
