using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Inference.Speech;

/// <summary>Windows of all recordings as requests to the engine, which batches them. Thread-safe.</summary>
/// <param name="engine">Where requests go.</param>
/// <param name="vocabulary">Special tokens.</param>
internal sealed class EngineWindowDecoder(ITokenEngine engine, SpeechVocabulary vocabulary) : IWindowDecoder
{
    // All attempts at one window give one object, so that it is hashed once.
    private readonly ConditionalWeakTable<WindowFeatures, AudioInput> _inputs = [];

    /// <inheritdoc/>
    public async Task<DecodedWindow> DecodeAsync(WindowRequest request, CancellationToken cancellationToken)
    {
        if (request.BestOf == 1)
            return await DecodeAsync(request, request.Seed, cancellationToken).ConfigureAwait(false);
        long seed = request.Seed ?? Random.Shared.NextInt64();
        DecodedWindow[] candidates = await Task.WhenAll(Enumerable.Range(0, request.BestOf).Select(i => DecodeAsync(request, unchecked(seed + i), cancellationToken))).ConfigureAwait(false);
        return candidates.MaxBy(candidate => CandidateScore.Of(candidate.SumLogprob, candidate.Tokens.Count, request.LengthPenalty))!;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<float>> DetectLanguageAsync(WindowFeatures features, string? adapter, CancellationToken cancellationToken)
    {
        TokenStream stream = engine.Submit(new Request
        {
            PromptTokens = [vocabulary.StartToken],
            Audio = InputOf(features),
            Adapter = adapter,
            MaxNewTokens = 1,
            Probe = new TokenProbe(0, [.. vocabulary.Languages.Select(language => language.Token)]),
        });
        await ReadAsync(stream, [], cancellationToken).ConfigureAwait(false);
        float[] ofAll = stream.ProbedProbabilities ?? throw new InvalidOperationException("The engine gave no probabilities.");
        double sum = ofAll.Sum(probability => (double)probability);
        return [.. ofAll.Select(probability => (float)(probability / sum))];
    }

    /// <inheritdoc/>
    public Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("word_timestamps is not supported yet.");

    private async Task<DecodedWindow> DecodeAsync(WindowRequest request, long? seed, CancellationToken cancellationToken)
    {
        TokenStream stream = engine.Submit(new Request
        {
            PromptTokens = request.PromptTokens,
            Audio = InputOf(request.Features),
            Adapter = request.Adapter,
            MaxNewTokens = request.MaxNewTokens,
            Sampling = new SamplingOptions { Temperature = request.Temperature, Seed = seed },
            Rules = request.Rules,
            Logprobs = true,
            Beams = request.BeamSize is { } width
                ? new BeamSettings(width, (int)Math.Round(width * request.Patience, MidpointRounding.ToEven), request.LengthPenalty, vocabulary.EndToken)
                : null,
            Probe = request.NoSpeechPosition is { } position ? new TokenProbe(position, [vocabulary.NoSpeechToken!.Value]) : null,
        });
        var tokens = new List<GeneratedToken>();
        await ReadAsync(stream, tokens, cancellationToken).ConfigureAwait(false);
        return new DecodedWindow
        {
            Tokens = [.. tokens.Select(token => token.Id)],
            SumLogprob = stream.BeamSumLogprob ?? tokens.Sum(token => (double)token.Logprob!.Value) + (stream.EndLogprob ?? 0),
            NoSpeechProbability = stream.ProbedProbabilities?[0] ?? 0,
            FinishReason = stream.FinishReason ?? throw new InvalidOperationException("The stream ended without a reason."),
        };
    }

    private static async Task ReadAsync(TokenStream stream, List<GeneratedToken> tokens, CancellationToken cancellationToken)
    {
        await foreach (GeneratedToken token in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
            tokens.Add(token);
    }

    private AudioInput InputOf(WindowFeatures features) => _inputs.GetValue(features, static window => new AudioInput(
        MemoryMarshal.TryGetArray(window.Values, out ArraySegment<float> array) && array.Offset == 0 && array.Count == array.Array!.Length ? array.Array : window.Values.ToArray(),
        window.MelCount,
        window.FrameCount));
}
