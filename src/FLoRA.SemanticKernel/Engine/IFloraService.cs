namespace FLoRA.SemanticKernel;

/// <summary>Marks Semantic Kernel services that are FLoRA's own.</summary>
internal interface IFloraService
{
    /// <summary>What they run on.</summary>
    FloraRuntime Runtime { get; }
}
