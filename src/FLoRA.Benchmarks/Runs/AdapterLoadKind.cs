using FLoRA.Inference;
using FLoRA.Inference.Adapters;

namespace FLoRA.Benchmarks.Runs;

/// <summary>A kind of adapters that a run can have. Another one is another entry of <see cref="All"/>.</summary>
/// <param name="Name">As the command line and the results name it.</param>
/// <param name="Adapter">What is registered; null: nothing.</param>
public sealed record AdapterLoadKind(string Name, AdapterKind? Adapter)
{
    /// <summary>The base model alone.</summary>
    public static AdapterLoadKind None { get; } = new("none", null);

    /// <summary>fLoRA: rows.</summary>
    public static AdapterLoadKind Flora { get; } = new("flora", AdapterKind.Flora) { HasRank = true };

    /// <summary>IA3: a scale.</summary>
    public static AdapterLoadKind Ia3 { get; } = new("ia3", AdapterKind.Ia3);

    /// <summary>LoRA as the engine serves it: the adapters of a batch gathered token by token.</summary>
    public static AdapterLoadKind LoraGathered { get; } = new("lora-gathered", AdapterKind.Lora) { HasRank = true };

    /// <summary>LoRA by <c>torch.bmm</c> in its best shape: gathered once per batch, a pair of products per layer.</summary>
    public static AdapterLoadKind LoraBmm { get; } = new("lora-bmm", AdapterKind.Lora) { HasRank = true, EngineForm = options => options with { LoraForm = LoraForm.BatchedProduct } };

    /// <summary>The same gathered anew in every layer of every step.</summary>
    public static AdapterLoadKind LoraNaive { get; } = new("lora-naive", AdapterKind.Lora) { HasRank = true, EngineForm = options => options with { LoraForm = LoraForm.NaiveBatchedProduct } };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AdapterLoadKind> All { get; } = [None, Flora, Ia3, LoraGathered, LoraBmm, LoraNaive];

    /// <summary>Whether an adapter of this kind has a rank that can be chosen.</summary>
    public bool HasRank { get; private init; }

    /// <summary>LoRA in whatever form: a product of its own beside the base's.</summary>
    public bool IsAdditive => Adapter == AdapterKind.Lora;

    /// <summary>Makes the engine compute this kind in a form of its own; null: as it always does. Kinds with the same form can share an engine.</summary>
    internal Func<EngineOptions, EngineOptions>? EngineForm { get; init; }
}
