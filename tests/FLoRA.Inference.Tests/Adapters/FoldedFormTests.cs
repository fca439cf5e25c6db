using System.Text.Json;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Tests.Models;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>
/// The folded form against each kind's own formula, with plain loops in double: merged weight W0 * sum_i A_i B_i^T (+ U D), bias factor beta.
/// The tensors are read again here, without the loader.
/// </summary>
public sealed class FoldedFormTests
{
    /// <summary>Of the embedded model one language will do: it has every kind.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> All() =>
        GoldenAdapters.All().Where(row => row.Data.Item1 != "tinycoder" || row.Data.Item2.StartsWith("lua-", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void TheMergedWeightIsThatOfTheKindsOwnFormula(string model, string name)
    {
        var folder = GoldenAdapters.Good(model, name);
        var adapter = AdapterLoader.Load(folder, GoldenAdapters.Blueprint(model));
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")));
        using var tensors = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        var widths = GoldenAdapters.Blueprint(model).Modules.ToDictionary(m => m.Path);
        foreach (var module in adapter.Modules)
        {
            var (inputs, outputs) = (widths[module.Path].InFeatures, widths[module.Path].OutFeatures);
            var weight = BaseWeight(model, module.Path);
            var formula = new KindFormula(config.RootElement, module.Path, inputs, outputs, key => tensors.ReadFloats(tensors.Tensors[$"base_model.model.{module.Path}.{key}"]));
            for (var o = 0; o < outputs; o++)
            {
                Assert.Equal(formula.BiasFactor(o), module.BiasScale?[o] ?? 1);
                for (var i = 0; i < inputs; i++)
                {
                    var expected = formula.Weight(weight[(o * inputs) + i], o, i);
                    var merged = Merged(module, weight[(o * inputs) + i], o, i, inputs, outputs);
                    if (Math.Abs(expected - merged) > 1e-6 * (1 + Math.Abs(expected)))
                        Assert.Fail($"{module.Path} [{o}, {i}]: expected {expected}, the folded form gives {merged}");
                }
            }
        }
    }

    private static double Merged(ModuleAdapter module, double weight, int o, int i, int inputs, int outputs)
    {
        var scale = 0.0;
        for (var row = 0; row < module.RowCount; row++)
            scale += (double)(module.OutputScale?[(row * outputs) + o] ?? 1) * (module.InputScale?[(row * inputs) + i] ?? 1);
        var added = 0.0;
        for (var k = 0; k < module.AdditiveRank; k++)
            added += (double)module.Up![(o * module.AdditiveRank) + k] * module.Down![(k * inputs) + i];
        return (weight * scale) + added;
    }

    private static float[] BaseWeight(string model, string path)
    {
        foreach (var shard in Directory.GetFiles(ModelFolder.Golden(model), "*.safetensors"))
        {
            using var file = SafetensorsFile.Open(shard);
            if (file.Tensors.TryGetValue(path + ".weight", out var entry))
                return file.ReadFloats(entry);
        }

        throw new InvalidOperationException($"{model} has no weight for {path}");
    }
}
