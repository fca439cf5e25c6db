using System.Diagnostics;
using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Benchmarks.Speech;

/// <summary>A unit of encoder work.</summary>
/// <param name="Number">Which, from 0: the encoder's layers, then keys and values for cross-attention.</param>
/// <param name="Windows">Windows in it.</param>
/// <param name="Seconds">What it took.</param>
internal readonly record struct EncoderUnit(int Number, int Windows, double Seconds);

/// <summary>
/// Sees what an engine does for speech. A step computes tokens first and takes windows one encoder unit further then; either may be missing. The unit's time is that from the end of the tokens'
/// forward pass, so choosing the tokens counts as the encoder's where both are in a step. Called on the engine thread.
/// </summary>
internal sealed class SpeechClock
{
    private readonly Lock _lock = new();
    private List<EncoderUnit> _units = [];
    private List<StepTrace> _steps = [];
    private long _since;

    /// <summary>Options of an engine that is watched.</summary>
    public EngineOptions Watch(EngineOptions options) => options with
    {
        Trace = trace => Note(() => _steps.Add(trace)),
        DecorateForward = forward => new Marked(forward, this),
        AfterEncoding = encodings => Note(() => _units.Add(new EncoderUnit(encodings[0].CompletedUnits, encodings.Count, Stopwatch.GetElapsedTime(_since).TotalSeconds))),
    };

    /// <summary>Begins anew.</summary>
    public void Start() => Note(() =>
    {
        _units = [];
        _steps = [];
    });

    /// <summary>What was done since.</summary>
    public (IReadOnlyList<EncoderUnit> Units, IReadOnlyList<StepTrace> Steps) Read()
    {
        lock (_lock)
            return ([.. _units], [.. _steps]);
    }

    private void Note(Action what)
    {
        lock (_lock)
        {
            what();
            _since = Stopwatch.GetTimestamp();
        }
    }

    private sealed class Marked(IForwardPass inner, SpeechClock clock) : IForwardPass
    {
        public Tensor? Forward(Batch batch, BatchAdapters adapters)
        {
            Tensor? logits = inner.Forward(batch, adapters);
            clock.Note(() => { });
            return logits;
        }

        public void Dispose() => inner.Dispose();
    }
}
