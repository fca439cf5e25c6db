namespace FLoRA.Inference.Speech.Transcription;

/// <summary>The engine as the transcription sees it: one window of features in, token ids out. All members are thread-safe.</summary>
/// <remarks>
/// Unknown adapters and requests that can never fit throw before any compute, as with text (<see cref="ITokenEngine.Submit"/>); a cancelled token ends in
/// <see cref="OperationCanceledException"/> and frees what the request holds.
/// </remarks>
internal interface IWindowDecoder
{
    /// <summary>Decodes one window.</summary>
    Task<DecodedWindow> DecodeAsync(WindowRequest request, CancellationToken cancellationToken);

    /// <summary>Softmax over the language tokens alone, of the logits after <c>&lt;|startoftranscript|&gt;</c> alone.</summary>
    /// <returns>One probability per entry of <see cref="SpeechVocabulary.Languages"/>.</returns>
    Task<IReadOnlyList<float>> DetectLanguageAsync(WindowFeatures features, string? adapter, CancellationToken cancellationToken);

    /// <summary>One pass over given tokens, for the times of words.</summary>
    Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken);
}
