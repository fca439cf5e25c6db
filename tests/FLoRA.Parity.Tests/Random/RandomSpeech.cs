using FLoRA.Inference;
using FLoRA.Parity.Tests.Reference;

namespace FLoRA.Parity.Tests.Random;

/// <summary>A recording for an adapter (null: base), the start of its text, and the tokens that the engine is to add.</summary>
internal sealed record RandomRecording(string? Adapter, AudioInput Audio, int[] Tokens, int NewTokens);

/// <summary>A random speech model with random adapters in a temporary folder, the slow model over them, and recordings of noise.</summary>
internal sealed class RandomSpeech : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flora-random-");
    private readonly ReferenceWhisper _reference;
    private readonly Dictionary<string, ReferenceAdapter> _adapters = [];

    public RandomSpeech(int seed)
    {
        Dice = new Dice(seed);
        Model = RandomModel.Write(ModelFolder, "whisper", Dice);
        foreach (string kind in RandomAdapter.Kinds)
            RandomAdapter.Write(AdapterFolder(kind), kind, Model, Dice);
        _reference = (ReferenceWhisper)ReferenceModel.Load(ModelFolder);
        foreach (string kind in RandomAdapter.Kinds)
            _adapters.Add(kind, new ReferenceAdapter(AdapterFolder(kind)));
        int mels = Model.Config["num_mel_bins"]!.GetValue<int>(), frames = 2 * Model.Config["max_source_positions"]!.GetValue<int>();
        AudioInput[] audio = [.. Enumerable.Range(0, 3).Select(_ => new AudioInput(Dice.Normal(mels * frames, 0, 1), mels, frames))];
        // Two different recordings and one that many share, for each adapter.
        Recordings = [.. ((IEnumerable<string?>)[null, .. _adapters.Keys]).SelectMany((name, i) => new[] { audio[i % 2], audio[2] }
            .Select(a => new RandomRecording(name, a, Dice.Tokens(Dice.From(1, 20), Model.Vocabulary), Dice.From(1, 6))))];
    }

    public Dice Dice { get; }

    public RandomModel Model { get; }

    public int Positions => Model.Config["max_source_positions"]!.GetValue<int>();

    public IReadOnlyList<RandomRecording> Recordings { get; }

    private string ModelFolder => Path.Combine(_folder.FullName, "model");

    public Engine Load(Func<EngineOptions, EngineOptions>? change = null)
    {
        var options = new EngineOptions { Model = ModelFolder, AdapterFolders = [Path.Combine(_folder.FullName, "adapters")], Device = "cpu", Threads = 2 };
        return Engine.Load(change is null ? options : change(options));
    }

    /// <summary>[position][hidden] of the encoder.</summary>
    public double[][] Encoded(RandomRecording recording) => _reference.Encode(recording.Audio, Adapter(recording));

    public ReferenceText Reference(RandomRecording recording, IReadOnlyList<int> tokens) => ReferenceText.Of(_reference, recording.Audio, Adapter(recording), tokens);

    public void Dispose() => _folder.Delete(recursive: true);

    private string AdapterFolder(string kind) => Path.Combine(_folder.FullName, "adapters", kind);

    private ReferenceAdapter? Adapter(RandomRecording recording) => recording.Adapter is null ? null : _adapters[recording.Adapter];
}
