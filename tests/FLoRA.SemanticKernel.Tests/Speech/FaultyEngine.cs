using System.Collections.Concurrent;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Loads the real engine on the speech model behind a door that refuses chosen requests.</summary>
internal sealed class FaultyEngine : IModelLoader
{
    private int _submitted;

    /// <summary>By the request's number, from 1: what it gets in place of an answer.</summary>
    internal ConcurrentDictionary<int, Exception> Faults { get; } = new();

    /// <summary>Requests so far.</summary>
    internal int Submitted => _submitted;

    public LoadedEngine Load(EngineOptions options)
    {
        Engine engine = Engine.Load(options);
        var door = new Door(this, engine);
        return new LoadedEngine(engine.Model, door, Tokenizer.Load(options.Model), () => engine.Adapters, engine, SpeechTranscriber.Load(door, engine.Model, options.Model));
    }

    private sealed class Door(FaultyEngine owner, Engine engine) : ITokenEngine
    {
        public TokenStream Submit(Request request) =>
            owner.Faults.TryRemove(Interlocked.Increment(ref owner._submitted), out Exception? fault) ? throw fault : engine.Submit(request);
    }
}
