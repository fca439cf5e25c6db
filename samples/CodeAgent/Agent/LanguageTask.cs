namespace CodeAgent.Agent;

/// <summary>A task in one language.</summary>
/// <param name="Prompt">Comment and signature; the model goes on from here.</param>
/// <param name="Tests">What follows the completion in the program.</param>
/// <param name="StopTexts">Texts that end the completion.</param>
/// <param name="IsTested">Whether what follows tests the function; else a run shows only that the program ends well.</param>
/// <param name="Reference">The known solution; null: there is none.</param>
internal sealed record LanguageTask(string Prompt, string Tests, IReadOnlyList<string> StopTexts, bool IsTested, string? Reference)
{
    /// <summary>The program that is run.</summary>
    public string Program(string completion) => Prompt + completion + "\n" + Tests;

    /// <summary>Whether a completion is the reference solution, blanks at the end aside; null: there is no reference.</summary>
    public bool? EqualsReference(string completion) => Reference is null ? null : completion.TrimEnd() == Reference.TrimEnd();
}

/// <summary>The same task in several languages.</summary>
/// <param name="Name">Short name.</param>
/// <param name="Description">What the function is to do.</param>
/// <param name="ByLanguage">Language id -> the task in it.</param>
internal sealed record CodingTask(string Name, string Description, IReadOnlyDictionary<string, LanguageTask> ByLanguage);
