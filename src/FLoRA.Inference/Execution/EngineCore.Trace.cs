using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Execution;

/// <summary>Those who look on: each hears of every step, and none can harm it.</summary>
internal sealed partial class EngineCore
{
    private Action<StepTrace>? _trace;
    private Exception? _traceFault;

    /// <summary>See <see cref="Engine.TraceFault"/>. Any thread.</summary>
    public Exception? TraceFault => Volatile.Read(ref _traceFault) ?? Meter?.ListenerFault;

    private void Trace(ScheduledBatch scheduled)
    {
        if (_trace == null)
            return;
        var step = new StepTrace(
            _stepCount,
            scheduled.Rows,
            [.. scheduled.Entries.Select(e => e.Sequence.Id)],
            scheduled.PrefillTokens,
            scheduled.DecodeTokens,
            [.. scheduled.Preempted.Select(s => s.Id)],
            _scheduler.FreeBlocks);
        foreach (Action<StepTrace> observer in Delegate.EnumerateInvocationList(_trace))
        {
            try
            {
                observer(step);
            }
            catch (Exception exception)
            {
                // Whoever looks on harms nobody: it is told (TraceFault) and not called again.
                _trace -= observer;
                Interlocked.CompareExchange(ref _traceFault, exception, null);
            }
        }
    }
}
