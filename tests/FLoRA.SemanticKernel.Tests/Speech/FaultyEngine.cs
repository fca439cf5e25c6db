using System.Collections.Concurrent;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Loads the real engine on the speech model behind a door that notes requests and refuses chosen ones.</summary>
internal sealed class FaultyEngine : IModelLoader
{
    private readonly ConcurrentQueue<Request> _requests = new();
    private int _submitted;

    /// <summary>By the request's number, from 1: what it gets in place of an answer.</summary>
    internal ConcurrentDictionary<int, Exception> Faults { get; } = new();

    /// <summary>Requests so far.</summary>
    internal int Submitted => _submitted;

    /// <summary>Those that the engine got.</summary>
    internal IReadOnlyCollection<Request> Requests => _requests;

    public LoadedEngine Load(EngineOptions options)
    {
        Engine engine = Engine.Load(options);
        var door = new Door(this, engine);
        return new LoadedEngine(engine.Model, door, Tokenizer.Load(options.Model), () => engine.Adapters, engine, SpeechTranscriber.Load(door, engine.Model, options.Model));
    }

    private sealed class Door(FaultyEngine owner, Engine engine) : ITokenEngine
    {
        public TokenStream Submit(Request request)
        {
            if (owner.Faults.TryRemove(Interlocked.Increment(ref owner._submitted), out Exception? fault))
                throw fault;
            owner._requests.Enqueue(request);
            return engine.Submit(request);
        }
    }
}
