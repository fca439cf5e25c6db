using System.CommandLine;
using FLoRA.Benchmarks.Runs;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>The options that runs of a model share.</summary>
internal sealed class BenchFlags
{
    private static readonly string KindNames = string.Join(", ", AdapterLoadKind.All.Select(kind => kind.Name));

    private readonly Option<string?> _config = new("--config") { Description = "A config.json; weights are random, shapes are true.", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Folder of a model.", HelpName = "DIR" };
    private readonly Option<bool> _random = new("--random-weights") { Description = "Takes the model's shapes alone." };
    private readonly Option<string> _dtype = new("--dtype") { Description = "float32, bfloat16, float16 or int8.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };
    private readonly Option<int?> _threads = WholeNumber.Option("--threads", "Kernel threads; default: the number of processors.");
    private readonly Option<string> _device = new("--device") { Description = "auto (CUDA where there is one), cpu or cuda.", HelpName = "DEVICE", DefaultValueFactory = _ => "auto" };
    private readonly Option<int?> _adapters = WholeNumber.Option("--adapters", "Registered adapters, on every linear layer, random; sequences take turns over them. Default 0: the base alone.", least: 0);
    private readonly Option<string> _adapterCounts = new("--adapters") { Description = "Numbers of registered adapters, on every linear layer, random, one run each; 0: the base alone.", HelpName = "K[,K..]", DefaultValueFactory = _ => "0" };
    private readonly Option<string> _kind = new("--kind") { Description = $"Their kind: {KindNames}.", HelpName = "KIND", DefaultValueFactory = _ => AdapterLoadKind.Flora.Name };
    private readonly Option<int?> _rank = WholeNumber.Option("--rank", "Their rank; default 1.");

    /// <param name="command">Gets the options.</param>
    /// <param name="takesLists">--kind and --adapters may be lists.</param>
    public BenchFlags(Command command, bool takesLists = false)
    {
        if (takesLists)
            (_kind.Description, _kind.HelpName) = ($"Kinds of adapters, one run each: {KindNames}.", "KIND[,KIND..]");
        else
            Words.RefuseOthers(_kind, [.. AdapterLoadKind.All.Select(kind => kind.Name)]);
        foreach (Option option in (Option[])[_config, _model, _random, _dtype, _threads, _device, takesLists ? _adapterCounts : _adapters, _kind, _rank])
            command.Add(option);
        Words.RefuseOthers(_dtype, "float32", "bfloat16", "float16", "int8");
        Words.RefuseOthers(_device, "auto", "cpu", "cuda");
    }

    public BenchTarget Target(ParseResult parsed) => new(parsed.GetRequiredValue(_dtype), parsed.GetValue(_threads), parsed.GetRequiredValue(_device));

    /// <summary>The model that is measured.</summary>
    /// <exception cref="UsageException">Neither or both of a folder and a configuration are given.</exception>
    public ModelSource Source(ParseResult parsed) => (parsed.GetValue(_config), parsed.GetValue(_model)) switch
    {
        ({ } file, null) => ModelSource.OfConfig(file),
        (null, { } folder) => ModelSource.OfFolder(folder, parsed.GetValue(_random)),
        (null, null) => throw new UsageException("expected --model DIR or --config FILE, got neither"),
        _ => throw new UsageException("expected --model DIR or --config FILE, got both"),
    };

    /// <summary>The model's name, for reports: that of the configuration's file, or of its folder (of a folder "model" with its parent's).</summary>
    public string ModelName(ParseResult parsed)
    {
        if (parsed.GetValue(_config) is { } file)
            return Path.GetFileNameWithoutExtension(file);
        string folder = Path.GetFullPath(parsed.GetRequiredValue(_model)!).TrimEnd(Path.DirectorySeparatorChar), name = Path.GetFileName(folder);
        return name == "model" ? Path.GetFileName(Path.GetDirectoryName(folder)) ?? name : name;
    }

    public AdapterLoad Adapters(ParseResult parsed)
    {
        int count = parsed.GetValue(_adapters) ?? 0;
        return count == 0 ? AdapterLoad.None : new AdapterLoad(AdapterLoadKind.All.Single(kind => kind.Name == parsed.GetRequiredValue(_kind)), count, Rank(parsed));
    }

    /// <summary>A load per number of adapters, kind and rank; kinds without a rank once for a number, the base alone once.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ranks">Ranks; null: that of --rank.</param>
    public IReadOnlyList<AdapterLoad> Adapters(ParseResult parsed, IReadOnlyList<int>? ranks)
    {
        IReadOnlyList<AdapterLoadKind> kinds = CommaList.Read("--kind", parsed.GetRequiredValue(_kind), name => AdapterLoadKind.All.FirstOrDefault(k => k.Name == name) is { } kind ? new CommaList.Entry<AdapterLoadKind>(kind) : null, KindNames);
        IEnumerable<AdapterLoad> loads =
            from count in CommaList.Numbers("--adapters", parsed.GetRequiredValue(_adapterCounts), least: 0)
            from kind in kinds
            from rank in kind.HasRank ? ranks ?? [Rank(parsed)] : [1]
            select kind.Adapter is null || count == 0 ? AdapterLoad.None : new AdapterLoad(kind, count, rank);
        return [.. loads.Distinct()];
    }

    private int Rank(ParseResult parsed) => parsed.GetValue(_rank) ?? 1;
}
