namespace FLoRA.Inference;

/// <summary>
/// One model on one device, many adapters, one batch. Thread-safe; see docs/architecture.md for the life of a request.
/// </summary>
public sealed class Engine : ITokenEngine, IDisposable
{
    private Engine() => Model = null!;

    /// <summary>What was loaded.</summary>
    public ModelInfo Model { get; }

    /// <summary>Device, type, threads and budgets in force.</summary>
    public EngineInfo Info => throw new NotSupportedException();

    /// <summary>The adapters that requests may name.</summary>
    public IReadOnlyList<AdapterInfo> Adapters => throw new NotSupportedException();

    /// <summary>Loads a model and its adapters. Blocks until the engine is ready.</summary>
    /// <exception cref="ModelLoadException">The folder is not a model, or asks for what the engine does not do.</exception>
    /// <exception cref="AdapterLoadException">An adapter folder is refused.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    /// <exception cref="ArgumentException">The options contradict themselves; every error is listed.</exception>
    public static Engine Load(EngineOptions options) => throw new NotSupportedException();

    /// <inheritdoc/>
    public TokenStream Submit(Request request) => throw new NotSupportedException();

    /// <summary>Log-probabilities of a text under the model; shares the batches of everybody else.</summary>
    public Task<ScoreResult> ScoreAsync(IReadOnlyList<int> tokens, string? adapter, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Registers (or atomically replaces) an adapter while the engine serves.</summary>
    /// <exception cref="AdapterLoadException">The folder is refused; nothing has changed.</exception>
    public Task RegisterAdapterAsync(string name, string folder, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Hides the name at once; memory is freed when the last running request ends.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    public Task UnloadAdapterAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Ends every request with <see cref="ObjectDisposedException"/>, then returns all native memory.</summary>
    public void Dispose() => throw new NotSupportedException();
}
