namespace FLoRA.Inference.Tests.Engines;

/// <summary>
/// A real engine whose first step is held on command, right after it was computed: what ran in it runs, and what is submitted
/// meanwhile waits, without any clock.
/// </summary>
internal sealed class HeldEngine : IDisposable
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _go = new();

    public HeldEngine(Func<EngineOptions, EngineOptions> change) => Engine = TinyEngine.Load(change: options => change(options) with { Trace = OnStep });

    public Engine Engine { get; }

    /// <summary>What every step after the held one left, in order.</summary>
    public List<(StepTrace Step, (int Requests, long Tokens) Queued)> Steps { get; } = [];

    /// <summary>Starts requests that the first step admits, and waits until that step is held.</summary>
    public async Task<TokenStream> HoldAsync(Request first)
    {
        TokenStream running = Engine.Submit(first);
        await _held.Task.WaitAsync(TestContext.Current.CancellationToken);
        return running;
    }

    /// <summary>The engine goes on.</summary>
    public void Go() => _go.Set();

    public void Dispose()
    {
        Go();
        Engine.Dispose();
        _go.Dispose();
    }

    private void OnStep(StepTrace step)
    {
        if (_held.TrySetResult())
            _go.Wait(TestContext.Current.CancellationToken);
        else
            Steps.Add((step, Engine.Queued));
    }
}
