using System.Diagnostics.Metrics;

namespace FLoRA.SemanticKernel;

/// <summary>Counts attempts to load an engine anew, in a meter of the same name as the engine's own, which is gone with a lost engine. Thread-safe.</summary>
internal sealed class RestartMeter : IDisposable
{
    private static readonly KeyValuePair<string, object?> Ok = new("flora.outcome", "ok"), Failed = new("flora.outcome", "failed");

    private readonly KeyValuePair<string, object?> _model;
    private readonly Meter _meter;
    private readonly Counter<long> _attempts;

    /// <param name="model">Tag of the counts: the model's id, as the engine's own instruments have it.</param>
    internal RestartMeter(string model)
    {
        _model = new("flora.model", model);
        _meter = new Meter("FLoRA");
        _attempts = _meter.CreateCounter<long>("flora.engine.restarts", "{attempt}", "Attempts to load an engine anew whose device was lost.");
    }

    internal void Restarted() => _attempts.Add(1, _model, Ok);

    internal void AttemptFailed() => _attempts.Add(1, _model, Failed);

    public void Dispose() => _meter.Dispose();
}
