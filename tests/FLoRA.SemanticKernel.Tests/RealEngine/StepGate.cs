using FLoRA.Inference;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Holds the engine's thread in the trace of a step, so that a test can do something exactly there.</summary>
internal sealed class StepGate : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _open = new();
    private int _stepsLeft;

    /// <summary>To be called after every step.</summary>
    internal void OnStep(StepTrace step)
    {
        if (Volatile.Read(ref _stepsLeft) == 0 || Interlocked.Decrement(ref _stepsLeft) != 0)
            return;
        _reached.TrySetResult();
        _open.Wait(Patience);
    }

    /// <summary>Holds the engine after so many steps more; once.</summary>
    internal void HoldAfter(int steps) => Volatile.Write(ref _stepsLeft, steps);

    /// <summary>The engine is held.</summary>
    internal Task ReachedAsync() => _reached.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    internal void Open() => _open.Set();

    public void Dispose() => _open.Set();
}
