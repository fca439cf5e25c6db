namespace FLoRA.Inference.Adapters.Peft;

/// <summary>One kind of adapter: which options and tensors it has, and how a module's tensors become the engine's one form.</summary>
internal abstract class AdapterFormat
{
    /// <summary>Kind.</summary>
    public abstract AdapterKind Kind { get; }

    /// <summary>Rank for listings.</summary>
    public abstract int NominalRank { get; }

    /// <summary>Names of a module's tensors, behind its path.</summary>
    public abstract IReadOnlyList<string> TensorNames { get; }

    /// <summary>Takes the module's tensors and folds them; null where one of them was refused (the problem is noted by <paramref name="tensors"/>).</summary>
    public abstract ModuleAdapter? Fold(ModuleTarget module, AdapterTensors tensors);

    /// <summary>The format that <c>peft_type</c> names, with its own options read; null, and problems, where that is not possible.</summary>
    public static AdapterFormat? Read(PeftOptions options, ProblemList problems) => options.Choice("peft_type", "FLORA", "LORA", "IA3", "HIRA") switch
    {
        "FLORA" => FloraFormat.Read(options, problems),
        "LORA" => LoraFormat.Read(options, problems),
        "IA3" => Ia3Format.Read(options, problems),
        "HIRA" => HiraFormat.Read(options, problems),
        _ => null,
    };
}
