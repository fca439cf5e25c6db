using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Execution;

/// <summary>What becomes of requests when a step fails, and when the device is lost.</summary>
internal sealed partial class EngineCore
{
    private readonly TaskCompletionSource<EngineFaultException> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>See <see cref="Engine.Lost"/>. Any thread.</summary>
    public Task<EngineFaultException> Lost => _lost.Task;

    /// <summary>What a request gets that has not begun when the device is lost. Any thread.</summary>
    /// <exception cref="InvalidOperationException">The device is not lost.</exception>
    public EngineUnavailableException Refusal() => _lost.Task.IsCompletedSuccessfully
        ? new EngineUnavailableException($"The engine takes nothing more: {_lost.Task.Result.Message}", null, _lost.Task.Result)
        : throw new InvalidOperationException("The device is not lost.");

    /// <summary>A part of a step failed: its sequences fail, and nobody else, unless the device is lost.</summary>
    /// <param name="what">What failed, as the beginning of a sentence.</param>
    /// <param name="exception">What it threw.</param>
    /// <param name="sequences">The sequences of that part.</param>
    private void FailStep(string what, Exception exception, IEnumerable<Sequence> sequences)
    {
        string? loss = _watch.StepFailed(exception);
        var fault = new EngineFaultException($"{what}: {FirstLine(exception)}{(loss is null ? "" : $"; the device is lost ({loss})")}", exception) { IsDeviceFault = true };
        foreach (Sequence sequence in (Sequence[])[.. sequences])
            Fail(sequence, fault);
        if (loss is not null)
            Lose(fault);
    }

    /// <summary>Who runs fails with the step, for the cache is lost too; who waits for the first admission is told to come again.</summary>
    private void Lose(EngineFaultException fault)
    {
        _lost.TrySetResult(fault);
        foreach (Sequence sequence in (Sequence[])[.. _scheduler.Running, .. _scheduler.Waiting])
            Fail(sequence, sequence.LeftQueue ? fault : Refusal());
    }
}
