using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>Adapters of every kind with random numbers, in the engine's folded form.</summary>
internal sealed class RandomAdapters(int seed)
{
    private readonly Random _random = new(seed);

    public float[] Floats(int count, float centre = 0) => [.. Enumerable.Range(0, count).Select(_ => centre + (_random.NextSingle() - 0.5f))];

    /// <summary>A random kind and rank on a random choice of the modules (at least one); rank patterns differ by module.</summary>
    public Adapter Next(IReadOnlyList<ModuleBlueprint> modules)
    {
        var kind = (AdapterKind)_random.Next(4);
        int rank = 1 + _random.Next(4);
        List<ModuleBlueprint> targets = [.. modules.Where(_ => _random.Next(3) > 0)];
        if (targets.Count == 0)
            targets.Add(modules[_random.Next(modules.Count)]);
        return new Adapter
        {
            Folder = "random",
            Kind = kind,
            Rank = rank,
            Modules = [.. targets.Select(m => Module(kind, _random.Next(3) == 0 ? rank + 1 : rank, m))],
            ParameterCount = 0,
            ContentHash = "",
        };
    }

    private ModuleAdapter Module(AdapterKind kind, int rank, ModuleBlueprint m) => kind switch
    {
        AdapterKind.Flora => new ModuleAdapter { Path = m.Path, RowCount = rank, OutputScale = Floats(rank * m.OutFeatures, 1), InputScale = Floats(rank * m.InFeatures, 1) },
        AdapterKind.Hira => new ModuleAdapter
        {
            Path = m.Path,
            RowCount = rank + 1,
            OutputScale = [.. Enumerable.Repeat(1f, m.OutFeatures), .. Floats(rank * m.OutFeatures)],
            InputScale = [.. Enumerable.Repeat(1f, m.InFeatures), .. Floats(rank * m.InFeatures)],
        },
        AdapterKind.Lora => new ModuleAdapter { Path = m.Path, RowCount = 1, AdditiveRank = rank, Down = Floats(rank * m.InFeatures), Up = Floats(m.OutFeatures * rank) },
        _ when _random.Next(2) == 0 => new ModuleAdapter { Path = m.Path, RowCount = 1, InputScale = Floats(m.InFeatures, 1) },
        _ => OutputIa3(m),
    };

    private ModuleAdapter OutputIa3(ModuleBlueprint m)
    {
        float[] scale = Floats(m.OutFeatures, 1);
        return new ModuleAdapter { Path = m.Path, RowCount = 1, OutputScale = scale, BiasScale = scale };
    }
}
