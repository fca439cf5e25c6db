namespace FLoRA.Inference.Execution;

/// <summary>
/// How fast a queue was served lately: admissions over the time in which anybody waited, both fading with that time. Sums instead of
/// a mean of intervals, because a step admits several at once. Not thread-safe.
/// </summary>
internal sealed class AdmissionRate(TimeProvider time)
{
    /// <summary>After so much waiting time an admission counts 1/e.</summary>
    private const double FadingSeconds = 10;

    private double _waitingSeconds, _requests, _tokens;
    private long? _waitingSince; // or since it was last asked
    private bool _isMeasured;

    /// <summary>Seconds of waiting per admission and per token admitted, now; null: nobody was admitted yet.</summary>
    public (double SecondsPerRequest, double SecondsPerToken)? Measured
    {
        get
        {
            Advance(); // a queue that nobody is admitted from becomes a slow one
            return !_isMeasured ? null : (_waitingSeconds / _requests, _waitingSeconds / _tokens);
        }
    }

    /// <summary>Somebody waits from now on.</summary>
    public void StartWaiting() => _waitingSince = time.GetTimestamp();

    /// <summary>Nobody waits from now on.</summary>
    public void StopWaiting()
    {
        Advance();
        _waitingSince = null;
    }

    /// <summary>A waiting request of at least one token was admitted.</summary>
    public void Admit(int tokens)
    {
        Advance();
        _isMeasured = true;
        _requests++;
        _tokens += tokens;
    }

    private void Advance()
    {
        if (_waitingSince is not { } since)
            return;
        long now = time.GetTimestamp();
        double elapsed = time.GetElapsedTime(since, now).TotalSeconds, kept = Math.Exp(-elapsed / FadingSeconds);
        _waitingSince = now;
        _waitingSeconds = (_waitingSeconds * kept) + elapsed;
        _requests *= kept;
        _tokens *= kept;
    }
}
