using FLoRA.Inference.Speech.Transcription.Words;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The state of one transcription: where it is and what it wrote. Mutable; for one reader.</summary>
internal sealed class TranscriptionRun
{
    /// <summary>What was sampled above this temperature goes before no later window.</summary>
    private const double TrustedTemperature = 0.5;

    private readonly SpeechModel _model;
    private readonly RecordingFeatures _features;
    private readonly PromptHistory _history;
    private readonly List<int> _tokens = [];
    private readonly List<WindowReport> _windows = [];
    private TranscriptionOptions _options;
    private WindowFallback _fallback;
    private WordTimes _words;
    private bool _started;
    private double _lastSpeechSeconds;

    public TranscriptionRun(SpeechModel model, RecordingFeatures features, TranscriptionOptions options)
    {
        _model = model;
        _features = features;
        _options = options;
        _fallback = new WindowFallback(model, options);
        _words = new WordTimes(model, options);
        IReadOnlyList<int> initial = options.InitialPrompt is { } prompt ? model.Tokenizer.EncodePlain(" " + prompt.Trim()) : [];
        _history = new PromptHistory(initial, options.CarryInitialPrompt, DecoderInput.LongestPrompt(model.DecoderContext));
        Language = LanguageOf(model.Vocabulary, options);
    }

    /// <summary>Start of the next window.</summary>
    public int SeekFrames { get; private set; }

    /// <summary>Null: base.</summary>
    public string? Adapter => _options.Adapter;

    /// <summary>Null: not known yet, English-only model, or given input without a language.</summary>
    public SpeechLanguage? Language { get; private set; }

    /// <summary>"en" for an English-only model, else null.</summary>
    public string? EnglishOnly => _model.Vocabulary.IsMultilingual ? null : "en";

    /// <summary>Null unless the language was detected.</summary>
    public IReadOnlyDictionary<string, double>? LanguageProbabilities { get; private set; }

    /// <summary>Ids that the text is made of.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Decisions so far.</summary>
    public IReadOnlyList<WindowReport> Windows => _windows;

    /// <summary>All ids decoded together: no space between segments but the model's own.</summary>
    public string Text => _model.TextOf(_tokens);

    /// <summary>Decodes the next window.</summary>
    /// <returns>Its segments, perhaps none; null: the recording has ended.</returns>
    public async Task<IReadOnlyList<TranscriptSegment>?> NextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool first = !_started;
        _started = true;
        if (_options.PromptTokens is { } given)
            return first ? await DecodeGivenAsync(given, cancellationToken).ConfigureAwait(false) : null;
        if (first && _model.Vocabulary.IsMultilingual && _options.DetectsLanguage)
            await DetectLanguageAsync(cancellationToken).ConfigureAwait(false);
        return SeekFrames < _features.ContentFrameCount ? await DecodeNextPatientlyAsync(cancellationToken).ConfigureAwait(false) : null;
    }

    private static SpeechLanguage? LanguageOf(SpeechVocabulary vocabulary, TranscriptionOptions options) => options.PromptTokens is { } given
        ? vocabulary.Languages.FirstOrDefault(language => given.SkipWhile(token => token != vocabulary.StartToken).ElementAtOrDefault(1) == language.Token)
        : options.DetectsLanguage ? null : vocabulary.Find(options.Language!);

    private async Task<IReadOnlyList<TranscriptSegment>> DecodeGivenAsync(IReadOnlyList<int> input, CancellationToken cancellationToken)
    {
        int count = Math.Min(_model.WindowFrameCount, _features.ContentFrameCount);
        WindowFeatures features = _features.Window(0, _model.WindowFrameCount, _model.WindowFrameCount);
        WindowResult result = await _fallback.DecodeAsync(features, input, seekFrames: 0, cancellationToken).ConfigureAwait(false);
        _windows.Add(new WindowReport(0, count, result, Skipped: false));
        WindowCut cut = WindowCut.Of(result.Tokens, _model.Vocabulary, count, _model.WindowFrameCount);
        SeekFrames = count;
        _tokens.AddRange(result.Tokens);
        return Finish(Draft(cut, 0), result);
    }

    private async Task<IReadOnlyList<TranscriptSegment>> DecodeNextAsync(CancellationToken cancellationToken)
    {
        int seek = SeekFrames, count = Math.Min(_model.WindowFrameCount, _features.ContentFrameCount - seek);
        WindowFeatures features = _features.Window(seek, count, _model.WindowFrameCount);
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
                next = (int)Math.Round(_lastSpeechSeconds * RecordingFeatures.FramesPerSecond);
        }

        // Words of a hostile alignment may end where the window begins; the loop must get on all the same.
        SeekFrames = next > seek ? next : seek + count;
        IReadOnlyList<TranscriptSegment> finished = Finish(segments, result);
        int[] tokens = [.. finished.SelectMany(segment => segment.Tokens)];
        _tokens.AddRange(tokens);
        _history.Add(tokens, forget: !_options.ConditionOnPreviousText || result.Temperature > TrustedTemperature);
        return finished;
    }

    private async Task DetectLanguageAsync(CancellationToken cancellationToken)
    {
        WindowFeatures features = _features.Window(0, _model.WindowFrameCount, _model.WindowFrameCount);
        IReadOnlyList<SpeechLanguage> languages = _model.Vocabulary.Languages;
        IReadOnlyList<float> probabilities = await _model.Decoder.DetectLanguageAsync(features, _options.Adapter, cancellationToken).ConfigureAwait(false);
        if (probabilities.Count != languages.Count)
            throw new InvalidOperationException($"Expected {languages.Count} language probabilities, got {probabilities.Count}.");
        LanguageProbabilities = languages.Index().ToDictionary(entry => entry.Item.Code, entry => (double)probabilities[entry.Index]);
        Language = languages.Index().Where(entry => IsAllowed(entry.Item)).MaxBy(entry => probabilities[entry.Index]).Item;
        if (_options.AdapterOfLanguage is not { } adapterOf)
            return;
        _options = _options with { Adapter = adapterOf(Language.Code) };
        _fallback = new WindowFallback(_model, _options);
        _words = new WordTimes(_model, _options);
    }

    /// <summary>
    /// A recording that has begun is not given up because the queue is full at one of its later windows: it waits as long as the engine says and comes again.
    /// </summary>
    private async Task<IReadOnlyList<TranscriptSegment>> DecodeNextPatientlyAsync(CancellationToken cancellationToken)
    {
        int decided = _windows.Count;
        while (true)
        {
            try
            {
                return await DecodeNextAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (EngineOverloadedException full) when (decided > 0)
            {
                _windows.RemoveRange(decided, _windows.Count - decided);
                await Task.Delay(full.RetryAfter, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool IsAllowed(SpeechLanguage language) => _options.AllowedLanguages?.Contains(language.Code, StringComparer.OrdinalIgnoreCase) ?? true;

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

    /// <summary>The model's times go to the end of its window; the recording may be shorter. Everything was decided by the times before this cut.</summary>
    private TranscriptSegment Finish(SegmentDraft segment, WindowResult result) => new()
    {
        StartSeconds = InRecording(segment.StartSeconds),
        EndSeconds = InRecording(segment.EndSeconds),
        Text = segment.Text,
        Tokens = segment.Tokens,
        Words = [.. segment.Words.Select(word => new TranscriptWord(word.Text, InRecording(word.StartSeconds), InRecording(word.EndSeconds), word.Probability))],
        AverageLogprob = result.AverageLogprob,
        NoSpeechProbability = result.NoSpeechProbability,
        CompressionRatio = result.CompressionRatio,
        Temperature = result.Temperature,
    };

    private static double Seconds(int frames) => frames / (double)RecordingFeatures.FramesPerSecond;

    private double InRecording(double seconds) => Math.Clamp(seconds, 0, _features.DurationSeconds);
}
