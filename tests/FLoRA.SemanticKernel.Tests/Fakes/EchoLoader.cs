using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Loads <see cref="EchoEngine"/>s with the real tokenizer of tinycoder, or of a copy with a chat template.</summary>
internal sealed class EchoLoader : IModelLoader
{
    internal static readonly string[] AdapterNames = ["lua-flora-r4", "rs-flora-r4", "sh-flora-r4"];

    /// <summary>What the loaded engines say of their adapters.</summary>
    internal List<AdapterInfo> Adapters { get; } = [.. AdapterNames.Select(name => new AdapterInfo(name, AdapterKind.Flora, 4, 4, 44_032, Path.Combine(TestModel.Adapters, name)))];

    internal FolderCard ModelCard { get; set; } = FolderCard.Empty;

    internal List<EchoEngine> Engines { get; } = [];

    /// <summary>Called with the options of every load, from 1; what it throws ends the load.</summary>
    internal Action<int, EngineOptions>? OnLoad { get; set; }

    /// <summary>Loads begun.</summary>
    internal int Attempts => _attempts;

    private int _attempts;

    /// <summary>What each of them was loaded from.</summary>
    internal List<EngineOptions> Options { get; } = [];

    internal EchoEngine Engine => Engines.ShouldHaveSingleItem();

    /// <summary>Thrown by the next load.</summary>
    internal Exception? Failure { get; set; }

    internal int Loads => Engines.Count;

    /// <summary>Prompt of a request, decoded; requests are counted from 0.</summary>
    internal string PromptOf(int request) => Tokenizer.Load(TestModel.Folder).Decode(Engine.Requests.ElementAt(request).PromptTokens);

    public LoadedEngine Load(EngineOptions options)
    {
        if (Failure is { } failure)
        {
            Failure = null;
            throw failure;
        }

        OnLoad?.Invoke(Interlocked.Increment(ref _attempts), options);
        Options.Add(options);
        Tokenizer tokenizer = Tokenizer.Load(options.Model);
        var engine = new EchoEngine(tokenizer);
        Engines.Add(engine);
        var model = new ModelInfo("tinycoder", "gpt_bigcode", 1536, 512, [0], 0, 1) { Card = ModelCard };
        return new LoadedEngine(model, engine, tokenizer, () => Adapters, engine, lost: engine.Lost, queued: () => engine.Queued);
    }
}
