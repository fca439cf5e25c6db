namespace CodeAgent.Agent;

/// <summary>The row of a language in the table: sums over its tasks. Changed by one task at a time.</summary>
/// <param name="language">Language id.</param>
/// <param name="adapter">Adapter that answered; null: the base model.</param>
internal sealed class LanguageScore(string language, string? adapter)
{
    public string Language => language;

    public string? Adapter => adapter;

    /// <summary>Tasks given.</summary>
    public int Total { get; private set; }

    /// <summary>Tasks for which a program really ran.</summary>
    public int Ran { get; private set; }

    /// <summary>Tasks for which a program ran its tests and exited with 0.</summary>
    public int Passed { get; private set; }

    /// <summary>Tasks for which a completion was the reference solution, run or not.</summary>
    public int EqualToReference { get; private set; }

    /// <summary>Whether the programs had tests.</summary>
    public bool IsTested { get; private set; }

    /// <summary>Whether there is a reference solution to compare with.</summary>
    public bool HasReference { get; private set; }

    /// <summary>Completions written.</summary>
    public int Tries { get; private set; }

    /// <summary>Tokens written.</summary>
    public long Tokens { get; private set; }

    /// <summary>Time spent writing.</summary>
    public TimeSpan WritingTime { get; private set; }

    /// <summary>Steps of the engine while it wrote.</summary>
    public BatchCount Batches { get; private set; }

    /// <summary>Tokens per second of writing.</summary>
    public double TokensPerSecond => WritingTime == TimeSpan.Zero ? 0 : Tokens / WritingTime.TotalSeconds;

    /// <summary>The newest attempt; null: none yet.</summary>
    public Attempt? LastAttempt { get; private set; }

    /// <summary>Adds the attempts of one task.</summary>
    public void Add(IReadOnlyList<Attempt> attempts)
    {
        Total++;
        LastAttempt = attempts[^1];
        Ran += attempts.Any(a => a.Verdict != Verdict.NotRun) ? 1 : 0;
        Passed += attempts.Any(a => a.Verdict == Verdict.Passed) ? 1 : 0;
        EqualToReference += attempts.Any(a => a.EqualsReference == true) ? 1 : 0;
        IsTested |= attempts.Any(a => a.IsTested);
        HasReference |= attempts.Any(a => a.EqualsReference is not null);
        foreach (Attempt attempt in attempts)
        {
            Tries++;
            Tokens += attempt.Tokens;
            WritingTime += attempt.WritingTime;
            Batches += attempt.Batches;
        }
    }
}
