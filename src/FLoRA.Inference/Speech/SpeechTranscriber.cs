using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Text;

namespace FLoRA.Inference.Speech;

/// <summary>
/// Audio in, text out, over an engine that speaks log-mel windows and token ids. Features, seeking and text run on the caller's thread. Thread-safe;
/// does not own the engine.
/// </summary>
public sealed class SpeechTranscriber
{
    private readonly ITokenEngine _engine;
    private readonly SpeechModel _model;
    private readonly LogMel _logMel;
    private readonly AudioWindow _window;

    private SpeechTranscriber(ITokenEngine engine, SpeechModel model, AudioWindow window)
    {
        _engine = engine;
        _model = model;
        _logMel = new LogMel(window.MelBins);
        _window = window;
        Languages = [.. model.Vocabulary.Languages.Select(language => language.Code)];
    }

    /// <summary>Languages that the model has tokens for; empty: English only.</summary>
    public IReadOnlyList<string> Languages { get; }

    /// <summary>Reads tokenizer and special tokens of the model's folder.</summary>
    /// <param name="engine">A loaded speech model.</param>
    /// <param name="folder">The folder that it was loaded from.</param>
    /// <exception cref="ModelLoadException">The model is not one of speech, or its tokenizer or special tokens cannot be read.</exception>
    public static SpeechTranscriber Load(Engine engine, string folder)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return Load(engine, engine.Model, folder);
    }

    /// <summary>The same over any engine.</summary>
    internal static SpeechTranscriber Load(ITokenEngine engine, ModelInfo model, string folder)
    {
        if (model.Audio is not { } window)
            throw new ModelLoadException(folder, $"model_type is '{model.Family}', a model of text alone; expected a speech model (whisper)");
        Tokenizer tokenizer = Tokenizer.Load(folder);
        SpeechVocabulary vocabulary = SpeechVocabularyReader.Read(folder, tokenizer);
        var speech = new SpeechModel
        {
            Decoder = new EngineWindowDecoder(engine, vocabulary, window.Decoder.Layers, window.Decoder.Heads),
            Vocabulary = vocabulary,
            Tokenizer = tokenizer,
            WindowFrameCount = window.Frames,
            DecoderContext = model.ContextLength,
        };
        return new SpeechTranscriber(engine, speech, window);
    }

    /// <summary>Checks options as <see cref="Start"/> does, without a recording.</summary>
    /// <exception cref="InvalidRequestException">They are wrong; the message lists all that is.</exception>
    public void Validate(TranscriptionOptions options) => TranscriptionValidation.Validate(options, _model.Vocabulary, _model.DecoderContext);

    /// <summary>Begins a transcription; nothing runs in the engine before the stream is read. Wrong options throw here.</summary>
    /// <param name="clip">The recording.</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <exception cref="InvalidRequestException">The options are wrong; the message lists all that is.</exception>
    public TranscriptStream Start(AudioClip clip, TranscriptionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(clip);
        options ??= new TranscriptionOptions();
        Validate(options);
        ReadOnlySpan<float> samples = clip.Samples.Span;
        // Of one window only its own samples count: the loudest frame of a recording touches all features.
        RecordingFeatures features = options.PromptTokens is null ? _logMel.ComputeRecording(samples, _window.Frames) : _logMel.ComputeWindow(samples, _window.Frames);
        NotingEngine engine = new(_engine);
        Transcriber transcriber = new(_model with { Decoder = new EngineWindowDecoder(engine, _model.Vocabulary, _window.Decoder.Layers, _window.Decoder.Heads) });
        return transcriber.Start(features, options, engine.RequestIds);
    }
}
