using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>Makes an engine from options.</summary>
internal interface IModelLoader
{
    /// <summary>Loads; blocks for as long as that takes.</summary>
    LoadedEngine Load(EngineOptions options);
}

/// <summary>The real one.</summary>
internal sealed class EngineLoader : IModelLoader
{
    public LoadedEngine Load(EngineOptions options)
    {
        Tokenizer tokenizer = Tokenizer.Load(options.Model);
        Inference.Engine engine = Inference.Engine.Load(options);
        try
        {
            SpeechTranscriber? speech = engine.Model.Audio is null ? null : SpeechTranscriber.Load(engine, options.Model);
            return new LoadedEngine(engine.Model, engine, tokenizer, () => engine.Adapters, engine, speech);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }
}
