namespace FLoRA.SemanticKernel;

/// <summary>How an engine is.</summary>
internal enum EngineState
{
    /// <summary>Nobody has asked for it yet.</summary>
    NotLoaded,

    /// <summary>The first load is under way.</summary>
    Loading,

    /// <summary>The first load failed; the next caller tries again.</summary>
    LoadFailed,

    /// <summary>It serves.</summary>
    Ready,

    /// <summary>Its device was lost and it is loaded anew.</summary>
    Restarting,

    /// <summary>Its device was lost and nobody tries any more.</summary>
    Lost,
}

/// <summary>How an engine is at one moment.</summary>
/// <param name="State">Its state.</param>
/// <param name="Restarts">Times that it was loaded anew.</param>
/// <param name="Queued">Requests and prompt tokens that wait.</param>
/// <param name="RetryAfter">When it should be back; null: it serves, or does not come back.</param>
/// <param name="Error">Why it does not serve.</param>
internal readonly record struct EngineStatus(EngineState State, int Restarts, (int Requests, long Tokens) Queued, TimeSpan? RetryAfter, Exception? Error);
