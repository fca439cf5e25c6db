namespace FLoRA.Inference.Speech.Transcription;

/// <summary>One transcription on its way. For one reader; what it holds in the engine ends when it is disposed of, what it wrote stays.</summary>
internal interface ITranscriptionRun : IAsyncDisposable
{
    /// <summary>Up to where all is decided.</summary>
    int SeekFrames { get; }

    /// <summary>The adapter that is used, as far as that is known; null: base.</summary>
    string? Adapter { get; }

    /// <summary>Code of the language; null: not known yet, or the decoder's input was given and names none.</summary>
    string? LanguageCode { get; }

    /// <summary>Null unless the language was detected.</summary>
    IReadOnlyDictionary<string, double>? LanguageProbabilities { get; }

    /// <summary>Ids that the text is made of.</summary>
    IReadOnlyList<int> Tokens { get; }

    /// <summary>All ids decoded together: no space between segments but the model's own.</summary>
    string Text { get; }

    /// <summary>Decisions so far.</summary>
    IReadOnlyList<WindowReport> Windows { get; }

    /// <summary>Decides the next window or piece.</summary>
    /// <returns>Its segments, perhaps none; null: the recording has ended.</returns>
    Task<IReadOnlyList<TranscriptSegment>?> NextAsync(CancellationToken cancellationToken);
}
