using System.Text.Json;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Tests.Text;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>Gives what the model of a golden case gave, and fails when anything else is asked than openai-whisper asked.</summary>
internal sealed class ReplayDecoder(LongformCase expected) : IWindowDecoder
{
    private readonly JsonElement[] _windows = expected.Windows;

    /// <summary>Windows asked for so far.</summary>
    public int Decoded { get; private set; }

    public Task<DecodedWindow> DecodeAsync(WindowRequest request, CancellationToken cancellationToken)
    {
        Assert.True(Decoded < _windows.Length, $"a window beyond the {_windows.Length} expected ones was asked for");
        JsonElement window = _windows[Decoded++];
        int seek = window.GetProperty("seek").GetInt32(), frames = window.GetProperty("frames").GetInt32();
        Assert.Equal([.. Enumerable.Range(seek + 1, frames).Select(frame => (float)frame), .. Enumerable.Repeat(0f, SpeechData.WindowFrames - frames)], request.Features.Values.ToArray());
        Assert.Equal(Input(window.GetProperty("prompt").Ints()), request.PromptTokens);
        Assert.Equal(SpeechData.Vocabulary.StartToken, request.PromptTokens[request.NoSpeechPosition!.Value]);
        Assert.Equal(expected.Adapter, request.Adapter);
        Assert.Equal(expected.Options.MaxNewTokens ?? Math.Min(64, 129 - request.PromptTokens.Count), request.MaxNewTokens);
        Assert.Equal((expected.Options.BeamSize, expected.Options.Patience ?? 1, expected.Options.LengthPenalty, 0, 1), (request.BeamSize, request.Patience, request.LengthPenalty, request.Temperature, request.BestOf));
        Assert.Equal(expected.Options.Timestamps ? 3 : 2, request.Rules.Count);
        int[] tokens = window.GetProperty("tokens").Ints();
        return Task.FromResult(new DecodedWindow
        {
            Tokens = tokens,
            SumLogprob = window.GetProperty("avg_logprob").GetDouble() * (tokens.Length + 1),
            NoSpeechProbability = window.GetProperty("no_speech_prob").GetDouble(),
        });
    }

    public Task<IReadOnlyList<float>> DetectLanguageAsync(WindowFeatures features, string? adapter, CancellationToken cancellationToken)
    {
        Assert.Equal(0, Decoded);
        Assert.Equal(expected.Adapter, adapter);
        Assert.Equal(Enumerable.Range(1, SpeechData.WindowFrames).Select(frame => (float)frame), features.Values.ToArray()); // silence and all
        JsonElement probabilities = expected.LanguageProbabilities!.Value;
        return Task.FromResult<IReadOnlyList<float>>([.. SpeechData.Vocabulary.Languages.Select(language => probabilities.GetProperty(language.Code).GetSingle())]);
    }

    public Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken)
    {
        using SafetensorsFile file = SafetensorsFile.Open(LongformCase.Attention);
        string window = $"{expected.Name}/{Decoded - 1}";
        TensorEntry scores = file.Tensors[$"{window}/scores"];
        Assert.Equal([.. Input([])[..3], SpeechData.Vocabulary.NoTimestampsToken], request.Tokens.Take(request.TextBegin));
        Assert.Equal(scores.Shape[1], request.Tokens.Count);
        return Task.FromResult(new AlignmentScores(
            file.ReadFloats(scores), (int)scores.Shape[0], (int)scores.Shape[1], (int)scores.Shape[2],
            [.. file.ReadFloats(file.Tensors[$"{window}/probabilities"]).Select(probability => (double)probability)]));
    }

    private int[] Input(int[] prompt)
    {
        SpeechVocabulary vocabulary = SpeechData.Vocabulary;
        int[] before = prompt.Length == 0 ? [] : [vocabulary.PreviousToken, .. prompt];
        int[] after = expected.Options.Timestamps ? [] : [vocabulary.NoTimestampsToken];
        return [.. before, vocabulary.StartToken, vocabulary.Find(expected.Language)!.Token, vocabulary.TranscribeToken!.Value, .. after];
    }
}
