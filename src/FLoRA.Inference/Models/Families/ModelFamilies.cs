namespace FLoRA.Inference.Models.Families;

/// <summary>Every family that the engine knows.</summary>
internal static class ModelFamilies
{
    /// <summary>In the order in which messages list them.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } =
        [new GptBigCodeFamily(), new LlamaFamily(), new StarCoder2Family(), new Qwen2Family(), new Qwen3Family(), new WhisperFamily()];
}
