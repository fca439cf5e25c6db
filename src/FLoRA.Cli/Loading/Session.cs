using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Loading;

/// <summary>A loaded engine with its tokenizer.</summary>
internal sealed class Session : IDisposable
{
    private readonly SpeechTranscriber? _transcriber;

    private Session(Engine engine, Tokenizer? tokenizer, SpeechTranscriber? transcriber)
    {
        Engine = engine;
        Tokenizer = tokenizer;
        Generator = new TextGenerator(engine, tokenizer);
        _transcriber = transcriber;
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The model's tokenizer; null: the folder has none and requests are in token ids.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Text in, text out.</summary>
    public TextGenerator Generator { get; }

    /// <summary>Recordings in, text out; only in a session of <see cref="ModelKind.Speech"/>.</summary>
    public SpeechTranscriber Transcriber => _transcriber ?? throw new InvalidOperationException("The session was not loaded for speech.");

    /// <summary>Loads engine and tokenizer side by side; tells its progress where that takes long.</summary>
    /// <exception cref="ModelLoadException">Model or tokenizer cannot be loaded, or the model is not of this <paramref name="kind"/>.</exception>
    /// <exception cref="AdapterLoadException">An adapter cannot be loaded.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled; it ends at the next weight.</exception>
    public static async Task<Session> LoadAsync(EngineOptions options, ModelKind kind, Terminal terminal, CancellationToken cancellationToken)
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
            if (kind == ModelKind.Text && engine.Model.Audio is not null)
                throw new ModelLoadException(options.Model, $"model_type is '{engine.Model.Family}', a speech model; expected one of text ('flora transcribe' runs speech models)");
            return new Session(engine, await tokenizer, kind == ModelKind.Speech ? SpeechTranscriber.Load(engine, options.Model) : null);
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
