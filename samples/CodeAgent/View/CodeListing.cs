using CodeAgent.Agent;
using CodeAgent.Languages;

namespace CodeAgent.View;

/// <summary>The programs of a typed task, one after the other: they are what the user asked for.</summary>
internal static class CodeListing
{
    public static IEnumerable<string> Lines(CodingTask task, IEnumerable<(Language Language, LanguageScore Score)> languages)
    {
        foreach ((Language language, LanguageScore score) in languages)
        {
            if (score.LastAttempt is not { } attempt)
                continue;
            yield return $"--- {language.Name} ({score.Adapter ?? "base"}, {attempt.Describe()})";
            LanguageTask form = task.ByLanguage[language.Id];
            foreach (string line in form.Program(attempt.Completion).TrimEnd().Split('\n'))
                yield return line;
        }
    }
}
