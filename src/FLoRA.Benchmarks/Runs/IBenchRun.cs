namespace FLoRA.Benchmarks.Runs;

/// <summary>A run that can be repeated, for comparisons.</summary>
public interface IBenchRun
{
    /// <summary>What it runs on.</summary>
    BenchTarget Target { get; }

    /// <summary>Loads the model and warms up.</summary>
    Task<IRunningBench> LoadAsync(ModelSource source);
}

/// <summary>A loaded run.</summary>
public interface IRunningBench : IDisposable
{
    /// <summary>Runs <paramref name="steps"/> steps (prompts, for a prefill; all of it once, where requests or recordings are served).</summary>
    /// <returns>Tokens a second.</returns>
    Task<double> TokensPerSecondAsync(int steps);
}
