using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Inference.Speech;

/// <summary>Windows of all recordings as requests to the engine, which batches them. Thread-safe.</summary>
/// <param name="engine">Where requests go.</param>
/// <param name="vocabulary">Special tokens.</param>
/// <param name="decoderLayers">Layers of the decoder.</param>
/// <param name="decoderHeads">Their heads.</param>
internal sealed class EngineWindowDecoder(ITokenEngine engine, SpeechVocabulary vocabulary, int decoderLayers, int decoderHeads) : IWindowDecoder
{
    // Without a list of the folder's: all heads of the upper half of the layers, as openai/whisper has it.
    private readonly (int Layer, int Head)[] _alignmentHeads = vocabulary.AlignmentHeads is { } listed
        ? [.. listed]
        : [.. Enumerable.Range(decoderLayers / 2, decoderLayers - (decoderLayers / 2)).SelectMany(layer => Enumerable.Range(0, decoderHeads).Select(head => (layer, head)))];

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
    public async Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken)
    {
        if (engine is not IAlignmentEngine aligning)
            throw new NotSupportedException($"Times of words (word_timestamps) need the engine itself; {engine.GetType().Name} does not give them.");
        var probe = new AlignmentProbe(_alignmentHeads, request.TextBegin, vocabulary.EndToken);
        AlignmentCollector alignment = await aligning.AlignAsync(request.Tokens, InputOf(request.Features), request.Adapter, probe, cancellationToken).ConfigureAwait(false);
        int tokens = request.Tokens.Count;
        int positions = alignment.Scores.Length / (probe.Heads.Count * tokens);
        return new AlignmentScores(alignment.Scores, probe.Heads.Count, tokens, positions, [.. alignment.TextProbabilities.Select(p => (double)p)]);
    }

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
