using System.CommandLine;
using System.Globalization;
using FLoRA.Benchmarks.Runs;
using FLoRA.Benchmarks.Serving;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>What is served, as the command line has it.</summary>
internal sealed class ServingFlags
{
    private const string AllAtOnce = "all";

    private static readonly Dictionary<string, Popularity> Popularities = Enum.GetValues<Popularity>().ToDictionary(p => p.ToString().ToLowerInvariant());

    private readonly Option<string> _requests = new("--requests") { Description = "Numbers of requests, one run each, such as 1,8,32.", HelpName = "N[,N..]", DefaultValueFactory = _ => "32" };
    private readonly Option<string> _rates = new("--rate") { Description = "Arrivals per second at random times, or all: all at once; one run each, such as all,8,15.", HelpName = "R[,R..]", DefaultValueFactory = _ => AllAtOnce };
    private readonly Option<int?> _prompt = WholeNumber.Option("--prompt-tokens", "Tokens of every prompt; default 64.");
    private readonly Option<int?> _output = WholeNumber.Option("--output-tokens", "Tokens of every output; default 32.");
    private readonly Option<string?> _lengths = new("--lengths") { Description = "sharegpt: lengths like those of conversations, in place of fixed ones.", HelpName = "sharegpt" };
    private readonly Option<double?> _scale = Number.Option<double>("--scale", "Factor on those lengths; default 1.", "S", "a number above 0");
    private readonly Option<int?> _prefix = WholeNumber.Option("--shared-prefix-tokens", "Tokens at the beginning that all prompts have in common, in front of their own; default 0.", least: 0);
    private readonly Option<bool> _known = new("--known-prefix") { Description = "The warm-up has them too; else they are new." };
    private readonly Option<bool> _noPrefixCache = new("--no-prefix-cache") { Description = "Computes every prompt as a whole." };
    private readonly Option<string> _popularity = Words.Option("--popularity", "Which adapter a request asks for.", [.. Popularities.Keys]);
    private readonly Option<string?> _ranks = new("--ranks") { Description = "Ranks, one run each, such as 1,2,4.", HelpName = "R[,R..]" };
    private readonly Option<int?> _sequences = WholeNumber.Option("--max-sequences", "Sequences that run at the same time; default 64.");
    private readonly Option<int?> _maxRows = WholeNumber.Option("--max-rows", "Row budget of a step; default: of each run what its sequences need, at least 256.");
    private readonly Option<int?> _rounds = WholeNumber.Option("--rounds", "How often each run is made, in turns; the one with the median tokens/s stands. Default 1.");
    private readonly Option<int?> _seed = WholeNumber.Option("--seed", "Of arrivals, lengths and choices; default 1.");
    private readonly BenchFlags _model;

    public ServingFlags(Command command)
    {
        foreach (Option option in (Option[])[_requests, _rates, _prompt, _output, _lengths, _scale, _prefix, _known, _noPrefixCache, _popularity, _ranks, _sequences, _maxRows, _rounds, _seed])
            command.Add(option);
        _model = new BenchFlags(command, takesLists: true);
    }

    /// <summary>The model.</summary>
    public ModelSource Source(ParseResult parsed) => _model.Source(parsed);

    /// <summary>Its name.</summary>
    public string ModelName(ParseResult parsed) => _model.ModelName(parsed);

    /// <summary>Whether one run was asked for, not a list of ranks (of which kinds without a rank take none) or others.</summary>
    public bool IsSingle(ParseResult parsed) => Read(parsed).Runs.Count == 1 && !(parsed.GetValue(_ranks) ?? "").Contains(',', StringComparison.Ordinal);

    /// <summary>All runs: every kind and rank at every rate.</summary>
    /// <exception cref="UsageException">An option cannot be understood, or two contradict each other.</exception>
    public ServingGrid Read(ParseResult parsed)
    {
        IReadOnlyList<int>? ranks = parsed.GetValue(_ranks) is { } text ? CommaList.Numbers("--ranks", text) : null;
        int? rounds = parsed.GetValue(_rounds);
        TokenLengths lengths = Lengths(parsed.GetValue(_lengths), parsed.GetValue(_prompt), parsed.GetValue(_output), parsed.GetValue(_scale));
        var prefix = new SharedPrefix(parsed.GetValue(_prefix) ?? 0, parsed.GetValue(_known));
        if (prefix is { Tokens: 0, IsKnown: true })
            throw new UsageException("--known-prefix: goes with --shared-prefix-tokens");
        IEnumerable<ServingRun> runs =
            from rate in Rates(parsed.GetRequiredValue(_rates))
            from requests in CommaList.Numbers("--requests", parsed.GetRequiredValue(_requests))
            from load in _model.Adapters(parsed, ranks)
            select new ServingRun(requests, rate, lengths, load, Popularities[parsed.GetRequiredValue(_popularity)], parsed.GetValue(_sequences) ?? 64, parsed.GetValue(_seed) ?? 1) { Prefix = prefix };
        return new ServingGrid(_model.Target(parsed), parsed.GetValue(_maxRows), rounds ?? 1, [.. runs]) { PrefixCache = !parsed.GetValue(_noPrefixCache) };
    }

    private static IReadOnlyList<double?> Rates(string text) => CommaList.Read<double?>(
        "--rate",
        text,
        part => part == AllAtOnce ? new CommaList.Entry<double?>(null) : double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate > 0 && double.IsFinite(rate) ? new CommaList.Entry<double?>(rate) : null,
        $"numbers above 0 or {AllAtOnce}");

    private static TokenLengths Lengths(string? named, int? prompt, int? output, double? scale) => named switch
    {
        _ when scale is <= 0 => throw new UsageException($"--scale: expected a number above 0, got {scale}"),
        null when scale is not null => throw new UsageException("--scale: goes with --lengths sharegpt"),
        null => new FixedLengths(prompt ?? 64, output ?? 32),
        "sharegpt" when prompt is null && output is null => new ConversationLengths(scale ?? 1),
        "sharegpt" => throw new UsageException("expected --lengths sharegpt, or --prompt-tokens and --output-tokens; got both"),
        _ => throw new UsageException($"--lengths: expected sharegpt, got '{named}'"),
    };
}
