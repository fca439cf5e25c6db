using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>All pieces of a recording at the same time; what they say comes out in order. Mutable; for one reader.</summary>
internal sealed class BatchedRun : ITranscriptionRun
{
    /// <summary>Pieces that are worked on at the same time: as many hold features, 30 to 50 MB with windows of 30 s.</summary>
    public const int MostPieces = 32;

    private readonly SpeechModel _model;
    private readonly RecordingFeatures _features;
    private readonly CancellationTokenSource _leaving = new();
    private readonly List<int> _tokens = [];
    private readonly List<WindowReport> _windows = [];
    private TranscriptionOptions _options;
    private IReadOnlyList<RecordingPiece> _pieces = [];
    private TaskCompletionSource<FinishedPiece>[] _finished = [];
    private Task _work = Task.CompletedTask;
    private bool _started;
    private int _begun, _read;

    public BatchedRun(SpeechModel model, RecordingFeatures features, TranscriptionOptions options)
    {
        _model = model;
        _features = features;
        _options = options;
        LanguageCode = !model.Vocabulary.IsMultilingual ? "en" : options.DetectsLanguage ? null : model.Vocabulary.Find(options.Language!)!.Code;
    }

    /// <inheritdoc/>
    public int SeekFrames { get; private set; }

    /// <inheritdoc/>
    public string? Adapter => _options.Adapter;

    /// <inheritdoc/>
    public string? LanguageCode { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double>? LanguageProbabilities { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <inheritdoc/>
    public string Text => _model.TextOf(_tokens);

    /// <inheritdoc/>
    public IReadOnlyList<WindowReport> Windows => _windows;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TranscriptSegment>?> NextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_started)
            await StartAsync(cancellationToken).ConfigureAwait(false);
        SeekFrames = _read == _pieces.Count ? _features.ContentFrames : _pieces[_read].StartFrame;
        if (_read == _pieces.Count)
            return null;
        FinishedPiece piece = await _finished[_read].Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        SeekFrames = _pieces[_read++].EndFrame;
        _tokens.AddRange(piece.Run.Tokens);
        _windows.AddRange(piece.Run.Windows);
        return piece.Segments;
    }

    /// <summary>Cancels what is still decoded and waits until nothing of it is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        if (LanguageDetection.IsNeeded(_model, _options))
        {
            LanguageDetection detected = await LanguageDetection.RunAsync(_model, _features, _options, cancellationToken).ConfigureAwait(false);
            (LanguageCode, LanguageProbabilities) = (detected.Language.Code, detected.Probabilities);
            _options = detected.Settle(_options);
        }

        _pieces = SilenceCutter.Cut(_features, _model.WindowFrameCount);
        _finished = [.. _pieces.Select(_ => new TaskCompletionSource<FinishedPiece>(TaskCreationOptions.RunContinuationsAsynchronously))];
        CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leaving.Token);
        _work = Task.WhenAll(Enumerable.Range(0, Math.Min(MostPieces, _pieces.Count)).Select(_ => WorkAsync(either.Token)))
            .ContinueWith(_ => either.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>One piece after the other, until none is left or one failed: those before it have begun, those after it are of no use.</summary>
    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (Interlocked.Increment(ref _begun) - 1 is var index && index < _pieces.Count)
        {
            try
            {
                _finished[index].SetResult(await TranscribeAsync(index, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                Interlocked.Add(ref _begun, _pieces.Count);
                _finished[index].SetException(e);
                // Read or not: whoever left early has no use for it.
                _ = _finished[index].Task.Exception;
            }
        }
    }

    private async Task<FinishedPiece> TranscribeAsync(int index, CancellationToken cancellationToken)
    {
        // A prompt that is not carried goes before the first window of the recording only.
        TranscriptionOptions options = index > 0 && !_options.CarryInitialPrompt ? _options with { InitialPrompt = null } : _options;
        TranscriptionRun run = new(_model, _features, _pieces[index], _features.SilentValue, options);
        List<TranscriptSegment> segments = [];
        while (await run.NextAsync(cancellationToken).ConfigureAwait(false) is { } more)
            segments.AddRange(more);
        return new FinishedPiece(run, segments);
    }

    private sealed record FinishedPiece(TranscriptionRun Run, IReadOnlyList<TranscriptSegment> Segments);
}
