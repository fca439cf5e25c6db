using FLoRA.Inference.Adapters;

namespace FLoRA.Bench.LoraBaseline;

/// <summary>Adapters of one module with random numbers: times do not depend on the values.</summary>
internal sealed class RandomAdapters(int width, int seed)
{
    /// <summary>Path of the module that they target.</summary>
    public const string Module = "linear";

    private readonly Random _random = new(seed);

    /// <summary>fLoRA: A and B [rank, width].</summary>
    public Adapter Flora(int rank) => Wrap(AdapterKind.Flora, rank, new ModuleAdapter
    {
        Path = Module,
        RowCount = rank,
        OutputScale = Numbers(rank * width),
        InputScale = Numbers(rank * width),
    });

    /// <summary>LoRA as the engine computes it: D [rank, width], U [width, rank].</summary>
    public Adapter Lora(int rank) => Wrap(AdapterKind.Lora, rank, new ModuleAdapter
    {
        Path = Module,
        RowCount = 1,
        AdditiveRank = rank,
        Down = Numbers(rank * width),
        Up = Numbers(rank * width),
    });

    private static Adapter Wrap(AdapterKind kind, int rank, ModuleAdapter module) => new()
    {
        Folder = "",
        Kind = kind,
        Rank = rank,
        Modules = [module],
        ParameterCount = 0,
        ContentHash = "",
    };

    private float[] Numbers(int count)
    {
        var numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = (float)_random.NextDouble() - 0.5f;
        return numbers;
    }
}
