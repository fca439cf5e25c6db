using FLoRA.Inference.Adapters;

namespace FLoRA.Bench.LoraBaseline;

/// <summary>Adapters of one module with random numbers: times do not depend on the values.</summary>
internal sealed class RandomAdapters(int inFeatures, int outFeatures, int seed)
{
    /// <summary>Path of the module that they target.</summary>
    public const string Module = "linear";

    private readonly Random _random = new(seed);

    public RandomAdapters(int width, int seed)
        : this(width, width, seed)
    {
    }

    /// <summary>fLoRA: A [rank, out] and B [rank, in].</summary>
    public Adapter Flora(int rank) => Wrap(AdapterKind.Flora, rank, new ModuleAdapter
    {
        Path = Module,
        RowCount = rank,
        OutputScale = Numbers(rank * outFeatures),
        InputScale = Numbers(rank * inFeatures),
    });

    /// <summary>LoRA as the engine computes it: D [rank, in], U [out, rank].</summary>
    public Adapter Lora(int rank) => Wrap(AdapterKind.Lora, rank, new ModuleAdapter
    {
        Path = Module,
        RowCount = 1,
        AdditiveRank = rank,
        Down = Numbers(rank * inFeatures),
        Up = Numbers(rank * outFeatures),
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
