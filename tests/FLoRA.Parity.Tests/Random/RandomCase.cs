using System.Text.Json.Nodes;
using FLoRA.Inference;
using FLoRA.Parity.Tests.Reference;

namespace FLoRA.Parity.Tests.Random;

/// <summary>A text for an adapter (null: base) and the tokens that the engine is to add.</summary>
internal sealed record RandomText(string? Adapter, int[] Tokens, int NewTokens);

/// <summary>A random model with random adapters in a temporary folder, the slow decoder over them, and texts.</summary>
internal sealed class RandomCase : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flora-random-");
    private readonly ReferenceModel _reference;
    private readonly Dictionary<string, ReferenceAdapter> _adapters = [];

    public RandomCase(string family, int seed, Action<JsonObject>? change = null, IReadOnlyList<string>? kinds = null, int? rank = null)
    {
        Dice = new Dice(seed);
        Model = RandomModel.Write(ModelFolder, family, Dice, change);
        foreach (string kind in kinds ?? RandomAdapter.Kinds)
            RandomAdapter.Write(AdapterFolder(kind), kind, Model, Dice, rank);
        _reference = ReferenceModel.Load(ModelFolder);
        foreach (string kind in kinds ?? RandomAdapter.Kinds)
            _adapters.Add(kind, new ReferenceAdapter(AdapterFolder(kind)));
        Texts = [.. Names.Select(n => new RandomText(n, Dice.Tokens(Dice.From(2, 34), Model.Vocabulary), Dice.From(1, 7))), new RandomText(null, Dice.Tokens(1, Model.Vocabulary), 5)];
    }

    public Dice Dice { get; }

    public RandomModel Model { get; }

    /// <summary>The adapters, and null for the base.</summary>
    public IEnumerable<string?> Names => [null, .. _adapters.Keys];

    /// <summary>One of up to 34 tokens for the base and for each adapter, and one of a single token; a test may want others.</summary>
    public IReadOnlyList<RandomText> Texts { get; init; }

    private string ModelFolder => Path.Combine(_folder.FullName, "model");

    public string AdapterFolder(string kind) => Path.Combine(_folder.FullName, "adapters", kind);

    public Engine Load(Func<EngineOptions, EngineOptions>? change = null)
    {
        var options = new EngineOptions { Model = ModelFolder, AdapterFolders = [Path.Combine(_folder.FullName, "adapters")], Device = "cpu", Threads = 2 };
        return Engine.Load(change is null ? options : change(options));
    }

    public ReferenceText Reference(string? adapter, IReadOnlyList<int> tokens) => ReferenceText.Of(_reference, adapter is null ? null : _adapters[adapter], tokens);

    public void Dispose() => _folder.Delete(recursive: true);
}
