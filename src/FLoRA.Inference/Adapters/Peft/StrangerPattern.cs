using System.Text.RegularExpressions;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// A regular expression out of a file that somebody else wrote. Matched without backtracking where the expression allows it (a plain name has nothing to go back to), and
/// under a time limit in any case; <see cref="RegexMatchTimeoutException"/> when that is over, or that of all expressions of the adapter.
/// </summary>
internal sealed class StrangerPattern
{
    private const int MaxLength = 10_000;
    private static readonly TimeSpan MatchLimit = TimeSpan.FromMilliseconds(250);
    private readonly Regex _regex;
    private readonly PatternBudget _budget;

    private StrangerPattern(Regex regex, PatternBudget budget)
    {
        _regex = regex;
        _budget = budget;
    }

    /// <summary>Compiles <paramref name="pattern"/> between two pieces of our own; null, and a problem, where it is not an expression.</summary>
    /// <param name="option">Option it stands in, for the message.</param>
    /// <param name="before">Expression in front of it.</param>
    /// <param name="pattern">The stranger's expression.</param>
    /// <param name="after">Expression behind it.</param>
    /// <param name="budget">What all expressions of the adapter share.</param>
    /// <param name="problems">Where a refusal goes.</param>
    public static StrangerPattern? Compile(string option, string before, string pattern, string after, PatternBudget budget, ProblemList problems)
    {
        bool isPlain = pattern.Replace(@"\.", "", StringComparison.Ordinal).All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        if (pattern.Length > MaxLength)
        {
            problems.Add($"{option} has a regular expression of {pattern.Length} characters; at most {MaxLength} are allowed");
            return null;
        }

        if (!isPlain && !budget.TryTakeAutomaton())
        {
            problems.Add($"{option} '{pattern}' is one expression too many; at most {PatternBudget.MostAutomata} that are not plain names are allowed");
            return null;
        }

        try
        {
            // Alone first: "a)|(b" is no expression, but would become one between our pieces.
            _ = new Regex(pattern, RegexOptions.CultureInvariant, MatchLimit);
            return new StrangerPattern(CompileWhole($"{before}(?:{pattern}){after}", isPlain), budget);
        }
        catch (Exception e) when (e is ArgumentException or InsufficientExecutionStackException)
        {
            problems.Add($"{option} '{pattern}' is not a regular expression: {e.Message}");
            return null;
        }
    }

    /// <summary>The first match in <paramref name="text"/>.</summary>
    /// <exception cref="RegexMatchTimeoutException">A time limit is over.</exception>
    public Match Match(string text) => _budget.Match(_regex, text);

    private static Regex CompileWhole(string pattern, bool isPlain)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | (isPlain ? RegexOptions.None : RegexOptions.NonBacktracking), MatchLimit);
        }
        catch (NotSupportedException)
        {
            // Look-around and back references need backtracking; published adapters do use (?!...). The time limit holds for them.
            return new Regex(pattern, RegexOptions.CultureInvariant, MatchLimit);
        }
    }
}
