using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>Makes an engine from options.</summary>
internal interface IModelLoader
{
    /// <summary>Loads; blocks for as long as that takes.</summary>
    LoadedModel Load(FloraOptions options);
}

/// <summary>The real one.</summary>
internal sealed class EngineLoader : IModelLoader
{
    public LoadedModel Load(FloraOptions options)
    {
        Tokenizer tokenizer = Tokenizer.Load(options.Model);
        Inference.Engine engine = Inference.Engine.Load(new EngineOptions
        {
            Model = options.Model,
            Adapters = options.Adapters,
            AdapterFolders = [.. options.AdapterFolders],
            Device = options.Device,
            DType = options.DType,
            Threads = options.Threads,
            MaxRows = options.MaxRows,
            MaxSequences = options.MaxSequences,
            KvTokens = options.KvTokens,
            Trace = options.Trace,
            LoadProgress = options.LoadProgress,
        });
        return new LoadedModel(engine.Model, new TextGenerator(engine, tokenizer, options.ChatFormat), () => engine.Adapters, engine);
    }
}
