namespace FLoRA.SemanticKernel;

/// <summary>The options of one service as they were when it was first used; changes of the configuration do not reach them.</summary>
internal sealed record FloraServiceOptions<TOptions>(TOptions Value)
    where TOptions : FloraEngineOptions;
