using CodeAgent.Languages;

namespace CodeAgent.Agent;

/// <summary>
/// The agent: every language writes the task at the same time, each program is run and judged, and a failed one is written
/// again with sampling until it passes or the tries are used up.
/// </summary>
/// <param name="coders">Language id -> what writes its completions.</param>
/// <param name="runner">Runs programs.</param>
/// <param name="tools">Language id -> tool; a language without one is not run.</param>
/// <param name="view">Sees it all.</param>
/// <param name="tries">Most completions per language and task, at least 1.</param>
/// <param name="seed">Seed of the sampling.</param>
internal sealed class AgentLoop(
    IReadOnlyDictionary<string, KernelCoder> coders, IProgramRunner runner, IReadOnlyDictionary<string, Toolchain> tools, IAgentView view, int tries, int seed)
{
    /// <summary>Works through the tasks and adds to the scores, one per language.</summary>
    public async Task RunAsync(IReadOnlyList<CodingTask> tasks, IReadOnlyList<(Language Language, LanguageScore Score)> languages, CancellationToken cancellationToken)
    {
        for (int i = 0; i < tasks.Count; i++)
        {
            CodingTask task = tasks[i];
            view.TaskStarted(i + 1, tasks.Count, task);
            int index = i;
            await Task.WhenAll(languages.Select(async l => l.Score.Add(await SolveAsync(l.Language, task.ByLanguage[l.Language.Id], index, cancellationToken))));
        }
    }

    /// <summary>The attempts at one task in one language, the last one being the one that counts.</summary>
    private async Task<IReadOnlyList<Attempt>> SolveAsync(Language language, LanguageTask task, int taskIndex, CancellationToken cancellationToken)
    {
        var attempts = new List<Attempt>();
        do
        {
            Attempt attempt = await AttemptAsync(language, task, attempts.Count + 1, taskIndex, cancellationToken);
            attempts.Add(attempt);
            view.AttemptEnded(language, attempt);
        }
        while (attempts[^1].Verdict == Verdict.Failed && attempts.Count < tries);
        return attempts;
    }

    private async Task<Attempt> AttemptAsync(Language language, LanguageTask task, int number, int taskIndex, CancellationToken cancellationToken)
    {
        view.AttemptStarted(language, number);
        long? samplingSeed = number == 1 ? null : MixSeed(seed, taskIndex, number);
        Completion completion = await coders[language.Id].WriteAsync(task, samplingSeed, text => view.TextArrived(language, text), cancellationToken);
        Sandbox.SandboxResult? run = null;
        if (tools.TryGetValue(language.Id, out Toolchain? tool))
        {
            view.RunStarted(language);
            run = await runner.RunAsync(language, tool, task.Program(completion.Text), cancellationToken);
        }
        return new Attempt(number, completion.Text, completion.Tokens, completion.Time, completion.Batches, run, task.IsTested, task.EqualsReference(completion.Text));
    }

    // Unlike HashCode.Combine the same in every process: a run can be repeated.
    private static long MixSeed(int seed, int task, int attempt) => (((seed * 1_000_003L) + task) * 1_000_003L) + attempt;
}
