using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>
/// How an engine whose device was lost is loaded anew, in the background. Meanwhile calls end with <see cref="EngineUnavailableException"/>, which says when to come back.
/// Services that share an engine have the same.
/// </summary>
public sealed class FloraRestartOptions
{
    /// <summary>So many steps that fail one after the other mean that the device is lost, as one failure does of which CUDA does not recover. Null: never lost.</summary>
    public int? FailedSteps { get; set; } = 3;

    /// <summary>Attempts to load the engine anew; the first comes at once. 0: a lost engine stays lost. When all have failed it stays lost until the program ends.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>Wait before the second attempt; it doubles from attempt to attempt.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait before an attempt. An engine that is lost again within this time of its restart goes on with the attempts that are left.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait before an attempt, counted from 1.</summary>
    internal TimeSpan DelayBefore(int attempt) => attempt <= 1
        ? TimeSpan.Zero
        : TimeSpan.FromSeconds(Math.Min(Delay.TotalSeconds * Math.Pow(2, attempt - 2), MaxDelay.TotalSeconds));

    internal FloraRestartOptions Copy() => (FloraRestartOptions)MemberwiseClone();
}
