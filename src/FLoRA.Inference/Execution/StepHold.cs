namespace FLoRA.Inference.Execution;

/// <summary>Keeps the engine thread waiting until it is disposed. No handle: whoever comes last may be either side.</summary>
internal sealed class StepHold : IDisposable
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits; on the engine thread.</summary>
    public void Wait() => _released.Task.Wait();

    public void Dispose() => _released.TrySetResult();
}
