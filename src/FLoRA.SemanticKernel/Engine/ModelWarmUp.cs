using FLoRA.Inference;

namespace FLoRA.SemanticKernel;

/// <summary>A first short request, so that the first caller finds memory touched, kernels chosen and code compiled.</summary>
internal static class ModelWarmUp
{
    private const int PromptTokens = 4, NewTokens = 2;

    /// <summary>Loads the model and its adapters and runs the base model and the default adapter.</summary>
    /// <returns>Adapters that are registered.</returns>
    internal static async Task<int> RunAsync(FloraRuntime runtime, CancellationToken cancellationToken)
    {
        using IDisposable running = runtime.Host.Calls.Enter();
        LoadedModel loaded = await runtime.GetAsync(cancellationToken).ConfigureAwait(false);
        string?[] adapters = runtime.Options.DefaultAdapter is { } standard ? [null, standard] : [null];
        await Task.WhenAll(adapters.Select(adapter => RunAsync(loaded, adapter, cancellationToken))).ConfigureAwait(false);
        return loaded.Adapters.Count;
    }

    private static async Task RunAsync(LoadedModel loaded, string? adapter, CancellationToken cancellationToken)
    {
        int token = loaded.Model.BosToken ?? (loaded.Model.EosTokens is [int end, ..] ? end : 0);
        await using TokenStream stream = loaded.Text.Engine.Submit(new Request
        {
            PromptTokens = [.. Enumerable.Repeat(token, PromptTokens)],
            Adapter = adapter,
            MaxNewTokens = NewTokens,
            IgnoreEos = true,
        });
        await foreach (GeneratedToken _ in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
        }
    }
}
