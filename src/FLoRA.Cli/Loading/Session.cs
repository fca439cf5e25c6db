using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Loading;

/// <summary>A loaded engine with its tokenizer.</summary>
internal sealed class Session : IDisposable
{
    private Session(Engine engine, Tokenizer? tokenizer)
    {
        Engine = engine;
        Tokenizer = tokenizer;
        Generator = new TextGenerator(engine, tokenizer);
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The model's tokenizer; null: the folder has none and requests are in token ids.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Text in, text out.</summary>
    public TextGenerator Generator { get; }

    /// <summary>Loads engine and tokenizer side by side; tells its progress where that takes long.</summary>
    /// <exception cref="ModelLoadException">Model or tokenizer cannot be loaded.</exception>
    /// <exception cref="AdapterLoadException">An adapter cannot be loaded.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled; it ends at the next weight.</exception>
    public static async Task<Session> LoadAsync(EngineOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        LoadProgress progress = new(terminal, options.Model, TimeProvider.System);
        Task<Tokenizer?> tokenizer = Task.Run(() => Tokenizer.IsPresent(options.Model) ? Tokenizer.Load(options.Model) : null);
        Engine engine = await Task.Run(() => Engine.Load(options with { LoadProgress = Report }), cancellationToken);
        void Report(double fraction)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report(fraction);
        }

        try
        {
            return new Session(engine, await tokenizer);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Stops the engine.</summary>
    public void Dispose() => Engine.Dispose();
}
