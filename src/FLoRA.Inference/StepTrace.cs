namespace FLoRA.Inference;

/// <summary>What one step of the engine did; integers only.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="Rows">Rows of the step: sum over the sequences of tokens x row width.</param>
/// <param name="Sequences">Ids of the requests in the batch.</param>
/// <param name="PrefillTokens">Prompt tokens computed.</param>
/// <param name="DecodeTokens">Sequences that decoded one token.</param>
/// <param name="Preempted">Ids of the requests whose cache was taken away in this step.</param>
/// <param name="FreeBlocks">Free blocks of the key/value cache after the step.</param>
public sealed record StepTrace(
    long Step,
    int Rows,
    IReadOnlyList<long> Sequences,
    int PrefillTokens,
    int DecodeTokens,
    IReadOnlyList<long> Preempted,
    int FreeBlocks);
