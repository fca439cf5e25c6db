using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription.Words;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>One window after the other through a recording or a piece of it, seeking by the times that the model gives. Mutable; for one reader.</summary>
internal sealed class TranscriptionRun : ITranscriptionRun
{
    /// <summary>What was sampled above this temperature goes before no later window.</summary>
    private const double TrustedTemperature = 0.5;

    private readonly SpeechModel _model;
    private readonly RecordingFeatures _features;
    private readonly RecordingPiece _piece;
    private readonly float _fill;
    private readonly PromptHistory _history;
    private readonly List<int> _tokens = [];
    private readonly List<WindowReport> _windows = [];
    private TranscriptionOptions _options;
    private WindowFallback _fallback;
    private WordTimes _words;
    private bool _started;
    private double _lastSpeechSeconds;

    /// <param name="model">The model.</param>
    /// <param name="features">Of the whole recording.</param>
    /// <param name="piece">What is transcribed of it; times count from the recording's start all the same.</param>
    /// <param name="fill">Value behind a window that is not full.</param>
    /// <param name="options">How.</param>
    public TranscriptionRun(SpeechModel model, RecordingFeatures features, RecordingPiece piece, float fill, TranscriptionOptions options)
    {
        _model = model;
        _features = features;
        _piece = piece;
        _fill = fill;
        SeekFrames = piece.StartFrame;
        _lastSpeechSeconds = piece.StartSeconds;
        _options = options;
        _fallback = new WindowFallback(model, options);
        _words = new WordTimes(model, options);
        IReadOnlyList<int> initial = options.InitialPrompt is { } prompt ? model.Tokenizer.EncodePlain(" " + prompt.Trim()) : [];
        _history = new PromptHistory(initial, options.CarryInitialPrompt, DecoderInput.LongestPrompt(model.DecoderContext));
        Language = LanguageOf(model.Vocabulary, options);
    }

    /// <summary>Start of the next window.</summary>
    public int SeekFrames { get; private set; }

    /// <inheritdoc/>
    public string? Adapter => _options.Adapter;

    /// <summary>Null: not known yet, English-only model, or given input without a language.</summary>
    public SpeechLanguage? Language { get; private set; }

    /// <inheritdoc/>
    public string? LanguageCode => _model.Vocabulary.IsMultilingual ? Language?.Code : "en";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double>? LanguageProbabilities { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <inheritdoc/>
    public IReadOnlyList<WindowReport> Windows => _windows;

    /// <inheritdoc/>
    public string Text => _model.TextOf(_tokens);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TranscriptSegment>?> NextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool first = !_started;
        _started = true;
        if (_options.PromptTokens is { } given)
            return first ? await DecodeGivenAsync(given, cancellationToken).ConfigureAwait(false) : null;
        if (first && LanguageDetection.IsNeeded(_model, _options))
            Settle(await LanguageDetection.RunAsync(_model, _features, _options, cancellationToken).ConfigureAwait(false));
        return SeekFrames < _piece.EndFrame ? await DecodeNextAsync(cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Nothing is left running between two windows.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static SpeechLanguage? LanguageOf(SpeechVocabulary vocabulary, TranscriptionOptions options) => options.PromptTokens is { } given
        ? vocabulary.Languages.FirstOrDefault(language => given.SkipWhile(token => token != vocabulary.StartToken).ElementAtOrDefault(1) == language.Token)
        : options.DetectsLanguage ? null : vocabulary.Find(options.Language!);

    private async Task<IReadOnlyList<TranscriptSegment>> DecodeGivenAsync(IReadOnlyList<int> input, CancellationToken cancellationToken)
    {
        int count = Math.Min(_model.WindowFrameCount, _piece.EndFrame);
        WindowFeatures features = WindowFeatures.Cut(_features, 0, _model.WindowFrameCount, _model.WindowFrameCount);
        WindowResult result = await _fallback.DecodeAsync(features, input, seekFrames: 0, cancellationToken).ConfigureAwait(false);
        _windows.Add(new WindowReport(0, count, result, Skipped: false));
        WindowCut cut = WindowCut.Of(result.Tokens, _model.Vocabulary, count, _model.WindowFrameCount);
        SeekFrames = count;
        _tokens.AddRange(result.Tokens);
        return Finish(Draft(cut, 0), result);
    }

    private async Task<IReadOnlyList<TranscriptSegment>> DecodeNextAsync(CancellationToken cancellationToken)
    {
        int seek = SeekFrames, count = Math.Min(_model.WindowFrameCount, _piece.EndFrame - seek);
        WindowFeatures features = WindowFeatures.Cut(_features, seek, count, _model.WindowFrameCount, _fill);
        IReadOnlyList<int> start = DecoderInput.Start(_model.Vocabulary, Language, _options.Task);
        IReadOnlyList<int> input = DecoderInput.Window(_model.Vocabulary, _history.Next(), start, _options.Timestamps, _model.DecoderContext);
        WindowResult result = await _fallback.DecodeAsync(features, input, seek, cancellationToken).ConfigureAwait(false);
        bool silence = _fallback.IsSilence(result);
        _windows.Add(new WindowReport(seek, count, result, silence));
        if (silence)
        {
            SeekFrames = seek + count;
            return [];
        }

        WindowCut cut = WindowCut.Of(result.Tokens, _model.Vocabulary, count, _model.WindowFrameCount);
        double offsetSeconds = Seconds(seek);
        List<SegmentDraft> segments = Draft(cut, seek);
        int next = seek + cut.AdvanceFrames;
        if (_options.WordTimestamps)
        {
            await _words.AddAsync(segments, new AlignedWindow(features, start, Language?.Code, count, offsetSeconds), _lastSpeechSeconds, cancellationToken).ConfigureAwait(false);
            _lastSpeechSeconds = EndOfSpeech(segments);
            if (!cut.EndsWithSingleTime && _lastSpeechSeconds > offsetSeconds)
                next = (int)Math.Round(_lastSpeechSeconds * LogMel.FramesPerSecond);
        }

        // Words of a hostile alignment may end where the window begins; the loop must get on all the same.
        SeekFrames = next > seek ? next : seek + count;
        IReadOnlyList<TranscriptSegment> finished = Finish(segments, result);
        int[] tokens = [.. finished.SelectMany(segment => segment.Tokens)];
        _tokens.AddRange(tokens);
        _history.Add(tokens, forget: !_options.ConditionOnPreviousText || result.Temperature > TrustedTemperature);
        return finished;
    }

    private void Settle(LanguageDetection detected)
    {
        (Language, LanguageProbabilities) = (detected.Language, detected.Probabilities);
        _options = detected.Settle(_options);
        _fallback = new WindowFallback(_model, _options);
        _words = new WordTimes(_model, _options);
    }

    private List<SegmentDraft> Draft(WindowCut cut, int offsetFrames) => [.. cut.Pieces.Select(piece => new SegmentDraft
    {
        StartSeconds = Seconds(offsetFrames + piece.StartFrames),
        EndSeconds = Seconds(offsetFrames + piece.EndFrames),
        Text = _model.TextOf(piece.Tokens),
        Tokens = piece.Tokens,
    })];

    private static double EndOfSpeech(List<SegmentDraft> segments) =>
        segments.LastOrDefault(segment => segment.Words.Count > 0)?.Words[^1].EndSeconds ?? segments[^1].EndSeconds;

    private List<TranscriptSegment> Finish(List<SegmentDraft> segments, WindowResult result)
    {
        foreach (SegmentDraft segment in segments)
            segment.ClearIfBlank();
        return [.. segments.Select(segment => Finish(segment, result))];
    }

    /// <summary>The model's times go to the end of its window; the piece may be shorter. Everything was decided by the times before this cut.</summary>
    private TranscriptSegment Finish(SegmentDraft segment, WindowResult result) => new()
    {
        StartSeconds = InPiece(segment.StartSeconds),
        EndSeconds = InPiece(segment.EndSeconds),
        Text = segment.Text,
        Tokens = segment.Tokens,
        Words = [.. segment.Words.Select(word => new TranscriptWord(word.Text, InPiece(word.StartSeconds), InPiece(word.EndSeconds), word.Probability))],
        AverageLogprob = result.AverageLogprob,
        NoSpeechProbability = result.NoSpeechProbability,
        CompressionRatio = result.CompressionRatio,
        Temperature = result.Temperature,
    };

    private static double Seconds(int frames) => frames / (double)LogMel.FramesPerSecond;

    private double InPiece(double seconds) => Math.Clamp(seconds, _piece.StartSeconds, _piece.EndSecondsIn(_features));
}
