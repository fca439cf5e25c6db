using FLoRA.Inference.Speech.Transcription.Rules;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>Decodes one window at rising temperatures until the thresholds are met; the last result stands in any case.</summary>
internal sealed class WindowFallback(SpeechModel model, TranscriptionOptions options)
{
    /// <summary>Attempts per frame that get seeds of their own; more than there are temperatures.</summary>
    private const int SeedsPerFrame = 16;

    private static readonly double[] Rising = [0, 0.2, 0.4, 0.6, 0.8, 1];

    private readonly double[] _temperatures = options.Temperature is { } given ? [given] : Rising;
    private readonly IReadOnlyList<TokenRule> _rules = options.Rules ? WhisperRules.For(model.Vocabulary, options.Timestamps) : [];
    private readonly WindowJudge _judge = new(options);

    /// <summary>Decodes a window.</summary>
    /// <param name="features">Its features.</param>
    /// <param name="input">The decoder's input.</param>
    /// <param name="seekFrames">Its start: windows of one recording get different random numbers.</param>
    /// <param name="cancellationToken">Cancels the decoding.</param>
    public async Task<WindowResult> DecodeAsync(WindowFeatures features, IReadOnlyList<int> input, int seekFrames, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            double temperature = _temperatures[attempt];
            WindowRequest request = Request(features, input, temperature) with { Seed = unchecked(options.Seed + ((long)seekFrames * SeedsPerFrame) + attempt) };
            WindowResult result = _judge.Judge(Measure(await model.Decoder.DecodeAsync(request, cancellationToken).ConfigureAwait(false), temperature));
            if (!result.NeedsFallback || attempt == _temperatures.Length - 1)
                return result;
        }
    }

    /// <summary>True: the window holds no speech.</summary>
    public bool IsSilence(WindowResult result) => _judge.IsSilence(result);

    private WindowRequest Request(WindowFeatures features, IReadOnlyList<int> input, double temperature)
    {
        int start = input.ToList().IndexOf(model.Vocabulary.StartToken);
        return new WindowRequest
        {
            Features = features,
            PromptTokens = input,
            NoSpeechPosition = start >= 0 && model.Vocabulary.NoSpeechToken is not null ? start : null,
            Rules = _rules,
            // The last token need not fit: nothing is decoded after it.
            MaxNewTokens = Math.Min(options.MaxNewTokens ?? (model.DecoderContext / 2), model.DecoderContext + 1 - input.Count),
            Temperature = temperature,
            BestOf = temperature > 0 ? options.BestOf ?? 1 : 1,
            BeamSize = temperature > 0 ? null : options.BeamSize,
            Patience = temperature > 0 ? 1 : options.Patience ?? 1,
            LengthPenalty = options.LengthPenalty,
            Adapter = options.Adapter,
        };
    }

    private WindowResult Measure(DecodedWindow decoded, double temperature) => new()
    {
        Tokens = decoded.Tokens,
        AverageLogprob = decoded.SumLogprob / (decoded.Tokens.Count + 1),
        NoSpeechProbability = decoded.NoSpeechProbability,
        CompressionRatio = CompressionRatio.Of(model.TextOf(decoded.Tokens).Trim()),
        Temperature = temperature,
    };
}
