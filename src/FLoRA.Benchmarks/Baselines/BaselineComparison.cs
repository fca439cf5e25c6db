using System.Text.Json;

namespace FLoRA.Benchmarks.Baselines;

/// <summary>A figure in both results.</summary>
/// <param name="Name">Its path in the JSON.</param>
/// <param name="Was">In the baseline.</param>
/// <param name="Is">Now.</param>
/// <param name="Sense">What a larger number means.</param>
internal sealed record ComparedFigure(string Name, double Was, double Is, FigureSense Sense)
{
    private const double Noise = 0.05;

    /// <summary>Now over then; null: it was 0.</summary>
    public double? Ratio => Was == 0 ? null : Is / Was;

    /// <summary>By more than 5 %.</summary>
    public bool IsWorse => Sense == FigureSense.Gain ? Is < Was * (1 - Noise) : Is > Was * (1 + Noise);

    /// <summary>By more than 5 %.</summary>
    public bool IsBetter => Sense == FigureSense.Gain ? Is > Was * (1 + Noise) : Is < Was * (1 - Noise);
}

/// <summary>Something that is not the same in both results and neither good nor bad.</summary>
/// <param name="Name">What.</param>
/// <param name="Was">In the baseline; null: not there.</param>
/// <param name="Is">Now; null: not there.</param>
internal sealed record ChangedField(string Name, string? Was, string? Is);

/// <summary>A result beside an earlier one.</summary>
internal sealed class BaselineComparison
{
    private const string Machine = "machine", Command = "command";

    private static readonly string[] OfTheMoment = ["date", "load_average", "read_gb_per_s"];

    /// <param name="was">The earlier result.</param>
    /// <param name="isNow">The result.</param>
    public BaselineComparison(JsonElement was, JsonElement isNow)
    {
        string? before = BaselineFile.CommandOf(was), now = BaselineFile.CommandOf(isNow);
        OtherCommand = before == now ? null : new ChangedField(Command, before, now);
        IReadOnlyDictionary<string, JsonElement> old = Leaves.Of(was, Machine, Command), current = Leaves.Of(isNow, Machine, Command);
        var figures = new List<ComparedFigure>();
        var changed = new List<ChangedField>();
        foreach ((string name, JsonElement value) in current)
        {
            if (!old.TryGetValue(name, out JsonElement earlier))
                changed.Add(new ChangedField(name, null, value.GetRawText()));
            else if (FigureSenses.Of(name) is not FigureSense.None and var sense && value.ValueKind == JsonValueKind.Number && earlier.ValueKind == JsonValueKind.Number)
                figures.Add(new ComparedFigure(name, earlier.GetDouble(), value.GetDouble(), sense));
            else if (earlier.GetRawText() != value.GetRawText())
                changed.Add(new ChangedField(name, earlier.GetRawText(), value.GetRawText()));
        }

        Figures = figures;
        Changed = [.. changed, .. old.Where(leaf => !current.ContainsKey(leaf.Key)).Select(leaf => new ChangedField(leaf.Key, leaf.Value.GetRawText(), null))];
        OtherMachine = Differences(MachineOf(was), MachineOf(isNow));
    }

    /// <summary>The baseline is of another run, or does not say of which; null: of the same.</summary>
    public ChangedField? OtherCommand { get; }

    /// <summary>Every figure of both.</summary>
    public IReadOnlyList<ComparedFigure> Figures { get; }

    /// <summary>What else is not the same, and what only one of them has.</summary>
    public IReadOnlyList<ChangedField> Changed { get; }

    /// <summary>What is not the same about the machine.</summary>
    public IReadOnlyList<ChangedField> OtherMachine { get; }

    private static IReadOnlyDictionary<string, JsonElement> MachineOf(JsonElement result) =>
        result.TryGetProperty(Machine, out JsonElement machine) && machine.ValueKind == JsonValueKind.Object ? Leaves.Of(machine, OfTheMoment) : new Dictionary<string, JsonElement>();

    private static ChangedField[] Differences(IReadOnlyDictionary<string, JsonElement> was, IReadOnlyDictionary<string, JsonElement> isNow) =>
    [
        .. was.Keys.Union(isNow.Keys)
            .Select(name => new ChangedField(name, was.TryGetValue(name, out JsonElement w) ? w.GetRawText() : null, isNow.TryGetValue(name, out JsonElement i) ? i.GetRawText() : null))
            .Where(field => field.Was != field.Is),
    ];
}
