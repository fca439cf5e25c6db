using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Runs;

/// <summary>An adapter of a model with random numbers near one, or small ones where they are added.</summary>
internal static class RandomAdapter
{
    private const double Spread = 0.1, AddedSpread = 0.01;

    /// <summary>Makes one.</summary>
    /// <param name="load">Kind and rank.</param>
    /// <param name="blueprint">The model.</param>
    /// <param name="seed">Of its numbers.</param>
    public static Adapter Of(AdapterLoad load, DecoderBlueprint blueprint, int seed)
    {
        var random = new Random(seed);
        float[] Numbers(long count, double middle, double spread)
        {
            var numbers = new float[count];
            for (long i = 0; i < count; i++)
                numbers[i] = (float)(middle + ((random.NextDouble() - 0.5) * spread));
            return numbers;
        }

        ModuleAdapter Module(ModuleBlueprint module) => load.Kind.Adapter switch
        {
            AdapterKind.Flora => new ModuleAdapter
            {
                Path = module.Path,
                RowCount = load.Rank,
                OutputScale = Numbers((long)load.Rank * module.OutFeatures, 1.0 / load.Rank, Spread),
                InputScale = Numbers((long)load.Rank * module.InFeatures, 1, Spread),
            },
            AdapterKind.Ia3 => new ModuleAdapter
            {
                Path = module.Path,
                RowCount = 1,
                OutputScale = Numbers(module.OutFeatures, 1, Spread),
                BiasScale = Numbers(module.OutFeatures, 1, Spread),
            },
            _ => new ModuleAdapter
            {
                Path = module.Path,
                RowCount = 1,
                AdditiveRank = load.Rank,
                Down = Numbers((long)load.Rank * module.InFeatures, 0, AddedSpread),
                Up = Numbers((long)load.Rank * module.OutFeatures, 0, AddedSpread),
            },
        };

        return new Adapter
        {
            Folder = "",
            Kind = load.Kind.Adapter!.Value,
            Rank = load.Rank,
            Modules = [.. blueprint.Modules.Select(Module)],
            ParameterCount = 0,
            ContentHash = $"random-{load.Kind.Name}-{load.Rank}-{seed}",
        };
    }
}
