using System.Globalization;
using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>From the loss of a device until its engine is loaded anew, or given up. Guarded by its <see cref="EngineHost"/>.</summary>
/// <param name="reason">The fault with which the device was lost.</param>
/// <param name="loadTime">How long the engine took to load before.</param>
/// <param name="time">Clock.</param>
internal sealed class EngineOutage(EngineFaultException reason, TimeSpan loadTime, TimeProvider time)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    /// <summary>The fault with which the device was lost.</summary>
    internal EngineFaultException Reason => reason;

    /// <summary>When that was.</summary>
    internal long Since { get; } = time.GetTimestamp();

    /// <summary>The attempt that runs or comes next, from 1.</summary>
    internal int Attempt { get; set; }

    /// <summary>When it begins or began.</summary>
    internal DateTimeOffset NextAttempt { get; set; } = time.GetUtcNow();

    /// <summary>What the last attempt threw.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>True: nobody tries any more.</summary>
    internal bool IsFinal { get; set; }

    /// <summary>When the engine should be back: after the next attempt, if that takes as long as loading did before. Null: it will not be.</summary>
    internal TimeSpan? RetryAfter
    {
        get
        {
            if (IsFinal)
                return null;
            TimeSpan wait = NextAttempt + loadTime - time.GetUtcNow();
            return wait > ShortestWait ? wait : ShortestWait;
        }
    }

    /// <summary>What a call gets meanwhile.</summary>
    internal EngineUnavailableException Refuse()
    {
        string cause = $"the device was lost: {reason.Message}";
        if (RetryAfter is not { } wait)
            return new EngineUnavailableException($"The engine is not available and does not come back by itself: {cause}{(Failure is null ? "" : $"; the last restart failed: {Failure.Message}")}", null, Failure ?? reason);
        string seconds = wait.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        return new EngineUnavailableException($"The engine is being restarted, attempt {Math.Max(1, Attempt)}; try again in {seconds} s ({cause}).", wait, reason);
    }
}
