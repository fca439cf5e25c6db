using FLoRA.Inference.Models.Safetensors;

namespace FLoRA.Inference.Models.Weights;

/// <summary>Compares a checkpoint with what a blueprint needs, before any memory is taken for weights.</summary>
internal static class CheckpointCheck
{
    private const int ListedProblems = 8;

    /// <summary>The tensors to read, by name: all that the blueprint needs, each of the right shape and a supported type.</summary>
    /// <exception cref="ModelLoadException">Tensors are missing, misshapen, of another type, or not known; they are listed.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> Match(DecoderBlueprint blueprint, Checkpoint checkpoint)
    {
        var expected = ExpectedTensors.Of(blueprint);
        var matched = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var (name, shape) in expected)
        {
            if (!checkpoint.Tensors.TryGetValue(name, out var stored))
                problems.Add($"tensor '{name}' [{string.Join(", ", shape)}] is missing");
            else if (!stored.Entry.Shape.SequenceEqual(shape))
                problems.Add($"tensor '{name}' has shape {stored.Entry.ShapeText}; expected [{string.Join(", ", shape)}]");
            else if (!stored.Entry.DType.IsSupportedFloat())
                problems.Add($"tensor '{name}' has type {stored.Entry.DType}; expected F32, F16 or BF16");
            else
                matched.Add(name, stored);
        }

        foreach (var name in checkpoint.Tensors.Keys.Where(n => !expected.ContainsKey(n) && !IgnoredTensors.Contains(blueprint, n)))
            problems.Add($"tensor '{name}' is not one of this model's");
        return problems.Count == 0 ? matched : throw new ModelLoadException(checkpoint.Folder, List(problems));
    }

    private static string List(List<string> problems)
    {
        var listed = string.Join("; ", problems.Take(ListedProblems));
        return problems.Count <= ListedProblems ? listed : $"{listed}; and {problems.Count - ListedProblems} more";
    }
}
