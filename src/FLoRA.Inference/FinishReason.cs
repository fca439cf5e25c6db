namespace FLoRA.Inference;

/// <summary>Why a stream ended by itself.</summary>
public enum FinishReason
{
    /// <summary>An end token, a stop token or a stop string.</summary>
    Stop,

    /// <summary>The limit of the request, the context or the cache was reached.</summary>
    Length,
}
