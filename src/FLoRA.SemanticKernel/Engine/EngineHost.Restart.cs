using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>The engine after its device was lost: loaded anew in the background, with the adapters that it had, so often and so far apart as the options say.</summary>
internal sealed partial class EngineHost
{
    private EngineOutage? _outage;
    private Task _restarting = Task.CompletedTask;
    private int _restarts, _attemptsUsed;
    private long? _restartedAt;

    /// <summary>Called when the engine serves again.</summary>
    internal event Action? Restarted;

    /// <summary>What a request gets that a lost engine did not take: when to come back.</summary>
    /// <param name="refused">What the engine said, which does not know of the restart.</param>
    internal EngineUnavailableException Unavailable(EngineUnavailableException refused)
    {
        lock (_lock)
        {
            if (_loading is { IsCompletedSuccessfully: true } loaded)
                NoteLoss(loaded.Result);
            if (_outage is { } outage)
                return outage.Refuse();
        }

        return new EngineUnavailableException($"The engine was restarted meanwhile; try again. ({refused.Message})", TimeSpan.Zero, refused);
    }

    /// <summary>Begins the restart if the engine that serves is lost. In the lock.</summary>
    private void NoteLoss(LoadedEngine engine)
    {
        if (_disposed || _outage is not null || !engine.Lost.IsCompletedSuccessfully || _loading is not { IsCompletedSuccessfully: true } loaded || loaded.Result != engine)
            return;
        if (_restartedAt is { } at && time.GetElapsedTime(at) >= restart.MaxDelay)
            _attemptsUsed = 0;
        var outage = new EngineOutage(engine.Lost.Result, _loadTime, time);
        _outage = outage;
        PlanAttempt(outage);
        _restarting = Task.Run(() => RestartAsync(engine, outage), CancellationToken.None);
    }

    /// <summary>The next attempt and its time, or none. In the lock.</summary>
    private void PlanAttempt(EngineOutage outage)
    {
        outage.IsFinal = _attemptsUsed >= restart.MaxAttempts;
        if (outage.IsFinal)
            return;
        outage.Attempt = ++_attemptsUsed;
        outage.NextAttempt = time.GetUtcNow() + restart.DelayBefore(outage.Attempt);
    }

    private async Task RestartAsync(LoadedEngine lost, EngineOutage outage)
    {
        LogLost(lost.Model.Id, outage.Reason);
        EngineOptions plan = options with { PinnedAdapters = [.. lost.Adapters.Where(a => a.IsPinned).Select(a => a.Name)], Adapters = lost.Adapters.Where(a => !IsFromRoot(a)).ToDictionary(a => a.Name, a => a.Folder), AdapterFolders = [] };
        lost.Dispose(); // its memory has to be free before the next one is loaded
        try
        {
            while (!outage.IsFinal)
            {
                TimeSpan wait = outage.NextAttempt - time.GetUtcNow();
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, time, _stopped.Token).ConfigureAwait(false);
                _stopped.Token.ThrowIfCancellationRequested();
                if (TryLoad(ref plan, outage) is not { } engine)
                    continue;
                Serve(engine, outage);
                return;
            }

            LogGivenUp(lost.Model.Id, restart.MaxAttempts, outage.Failure ?? outage.Reason);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // The program ends.
        }
    }

    /// <summary>Whether the adapter is read out of the adapter root when a request names it, as it was before.</summary>
    private bool IsFromRoot(AdapterInfo adapter) =>
        options.AdapterRoot is { } root && Path.GetFileName(adapter.Folder) == adapter.Name && Path.GetDirectoryName(Path.GetFullPath(adapter.Folder)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    private LoadedEngine? TryLoad(ref EngineOptions plan, EngineOutage outage)
    {
        while (true)
        {
            try
            {
                return Load(plan);
            }
            catch (AdapterLoadException e) when (plan.Adapters.Where(a => a.Value != e.Folder).ToDictionary() is var rest && rest.Count < plan.Adapters.Count)
            {
                // One folder that has changed or gone since must not keep all the others down: who asks for it is told that it is not there.
                LogAdapterLeftOut(e.Folder, e);
                IEnumerable<string> gone = plan.Adapters.Keys.Except(rest.Keys);
                plan = plan with { Adapters = rest, PinnedAdapters = [.. plan.PinnedAdapters.Except(gone)] };
            }
            catch (Exception e)
            {
                _meter.AttemptFailed();
                lock (_lock)
                {
                    LogRestartFailed(options.Model, outage.Attempt, restart.MaxAttempts, e);
                    outage.Failure = e;
                    PlanAttempt(outage);
                }

                return null;
            }
        }
    }

    private void Serve(LoadedEngine engine, EngineOutage outage)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _restarts++;
                _restartedAt = time.GetTimestamp();
                _outage = null;
            }

            // Also when the container was disposed meanwhile: who disposes waits for this, then disposes what is here.
            _loading = Task.FromResult(engine);
        }

        _meter.Restarted();
        LogRestarted(engine.Model.Id, outage.Attempt, time.GetElapsedTime(outage.Since).TotalSeconds);
        Restarted?.Invoke();
        Note(engine); // it may be lost already
    }
}
