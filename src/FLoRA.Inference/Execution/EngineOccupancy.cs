namespace FLoRA.Inference.Execution;

/// <summary>What is taken of an engine at one moment between two steps, for the leak tests. Idle: all but the blocks is 0, and all blocks are free.</summary>
/// <param name="RunningSequences">Sequences that run.</param>
/// <param name="WaitingSequences">Sequences in the scheduler's queue, preempted ones included.</param>
/// <param name="FreeBlocks">Cache blocks that nobody holds.</param>
/// <param name="TotalBlocks">Cache blocks.</param>
/// <param name="AdapterPins">Pins over all adapter versions, those included whose name is gone.</param>
/// <param name="QueuedRequests">Requests that count as queued: submitted, never admitted, not ended.</param>
/// <param name="QueuedTokens">Their prompt tokens.</param>
internal readonly record struct EngineOccupancy(
    int RunningSequences, int WaitingSequences, int FreeBlocks, int TotalBlocks, int AdapterPins, int QueuedRequests, long QueuedTokens);
