namespace CodeAgent;

/// <summary>The command line, read.</summary>
internal sealed record AgentOptions
{
    /// <summary>Model folder; null: the embedded tinycoder.</summary>
    public string? Model { get; init; }

    /// <summary>Folder of adapters; null: tinycoder's, or none for a model of the user's own.</summary>
    public string? Adapters { get; init; }

    /// <summary>Everything on the base model.</summary>
    public bool Base { get; init; }

    /// <summary>Languages, e.g. "py,lua"; null: all ten.</summary>
    public string? Languages { get; init; }

    /// <summary>Number of problems from the eval set.</summary>
    public int Tasks { get; init; } = 5;

    /// <summary>Most completions per language and task.</summary>
    public int Tries { get; init; } = 3;

    /// <summary>Chooses the problems and seeds the sampling.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>File for the results as JSON.</summary>
    public string? Json { get; init; }

    /// <summary>A task in the user's words, in place of the eval set.</summary>
    public string? Task { get; init; }

    /// <summary>Signature of the function of a typed task.</summary>
    public string Signature { get; init; } = "solve(values: ints) -> int";

    /// <summary>Runs what a typed task brought.</summary>
    public bool Run { get; init; }

    /// <summary>Kernel threads; null: the number of processors.</summary>
    public int? Threads { get; init; }

    /// <summary>Type of weights and computation: float32, bfloat16, float16 or int8.</summary>
    public string DType { get; init; } = "float32";

    /// <summary>Refuses contradictions, all in one message.</summary>
    /// <exception cref="UsageException">Something is wrong.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Tries < 1)
            errors.Add($"--tries expects at least 1; got {Tries}");
        if (Threads < 1)
            errors.Add($"--threads expects at least 1; got {Threads}");
        if (Task is not null && string.IsNullOrWhiteSpace(Task))
            errors.Add("--task expects a description; got an empty text");
        if (Task is not null && Task.Contains('\n', StringComparison.Ordinal))
            errors.Add("--task expects one line; got several");
        if (Task is null && Run)
            errors.Add("--run belongs to --task: the problems of the eval set are always run");
        if (Base && Adapters is not null)
            errors.Add("--base works without adapters: it excludes --adapters");
        if (errors.Count > 0)
            throw new UsageException(string.Join(Environment.NewLine, errors));
    }
}
