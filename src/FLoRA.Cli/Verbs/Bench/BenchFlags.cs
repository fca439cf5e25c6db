using System.CommandLine;
using FLoRA.Benchmarks.Runs;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>The options that runs of a model share.</summary>
internal sealed class BenchFlags
{
    private static readonly Dictionary<string, AdapterLoadKind> Kinds = new(StringComparer.Ordinal)
    {
        ["none"] = AdapterLoadKind.None, ["flora"] = AdapterLoadKind.Flora, ["ia3"] = AdapterLoadKind.Ia3, ["lora-gathered"] = AdapterLoadKind.LoraGathered,
    };

    private readonly Option<string?> _config = new("--config") { Description = "A config.json; weights are random, shapes are true.", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Folder of a model.", HelpName = "DIR" };
    private readonly Option<bool> _random = new("--random-weights") { Description = "Takes the model's shapes alone." };
    private readonly Option<string> _dtype = new("--dtype") { Description = "float32, bfloat16, float16 or int8.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };
    private readonly Option<int?> _threads = WholeNumber.Option("--threads", "Kernel threads; default: the number of processors.");
    private readonly Option<int?> _adapters = WholeNumber.Option("--adapters", "Registered adapters, on every linear layer, random; sequences take turns over them. Default 0: the base alone.", least: 0);
    private readonly Option<string> _kind = new("--kind") { Description = $"Their kind: {string.Join(", ", Kinds.Keys)}.", HelpName = "KIND", DefaultValueFactory = _ => "flora" };
    private readonly Option<int?> _rank = WholeNumber.Option("--rank", "Their rank; default 1.");

    public BenchFlags(Command command)
    {
        foreach (Option option in (Option[])[_config, _model, _random, _dtype, _threads, _adapters, _kind, _rank])
            command.Add(option);
        Words.RefuseOthers(_dtype, "float32", "bfloat16", "float16", "int8");
        Words.RefuseOthers(_kind, [.. Kinds.Keys]);
    }

    public string DType(ParseResult parsed) => parsed.GetRequiredValue(_dtype);

    public int? Threads(ParseResult parsed) => parsed.GetValue(_threads);

    /// <summary>The model that is measured.</summary>
    /// <exception cref="UsageException">Neither or both of a folder and a configuration are given.</exception>
    public ModelSource Source(ParseResult parsed) => (parsed.GetValue(_config), parsed.GetValue(_model)) switch
    {
        ({ } file, null) => ModelSource.OfConfig(file),
        (null, { } folder) => ModelSource.OfFolder(folder, parsed.GetValue(_random)),
        (null, null) => throw new UsageException("expected --model DIR or --config FILE, got neither"),
        _ => throw new UsageException("expected --model DIR or --config FILE, got both"),
    };

    public AdapterLoad Adapters(ParseResult parsed)
    {
        int count = parsed.GetValue(_adapters) ?? 0, rank = parsed.GetValue(_rank) ?? 1;
        return count == 0 ? AdapterLoad.None : new AdapterLoad(Kinds[parsed.GetRequiredValue(_kind)], count, rank);
    }
}
