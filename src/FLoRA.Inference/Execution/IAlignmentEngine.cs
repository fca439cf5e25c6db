using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Execution;

/// <summary>An engine that tells how a text looks at its recording, for the times of words.</summary>
internal interface IAlignmentEngine
{
    /// <summary>One pass over given tokens, in the batches of everybody else.</summary>
    /// <param name="tokens">Decoder input, text and end token.</param>
    /// <param name="audio">The window.</param>
    /// <param name="adapter">Null: base.</param>
    /// <param name="probe">Heads and text.</param>
    /// <param name="cancellationToken">Drops the request.</param>
    Task<AlignmentCollector> AlignAsync(IReadOnlyList<int> tokens, AudioInput audio, string? adapter, AlignmentProbe probe, CancellationToken cancellationToken);
}
