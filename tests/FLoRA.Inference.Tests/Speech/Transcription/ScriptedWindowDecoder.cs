using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>Answers by a function and keeps what was asked.</summary>
internal sealed class ScriptedWindowDecoder(Func<WindowRequest, int, DecodedWindow> answer) : IWindowDecoder
{
    public ScriptedWindowDecoder(params DecodedWindow[] windows)
        : this((_, index) => windows[index])
    {
    }

    public List<WindowRequest> Requests { get; } = [];

    public List<AlignmentRequest> Alignments { get; } = [];

    public Func<IReadOnlyList<float>> Languages { get; init; } = () => throw new InvalidOperationException("No language detection was expected.");

    public Func<AlignmentRequest, AlignmentScores> Align { get; init; } = _ => throw new InvalidOperationException("No alignment was expected.");

    /// <summary>A window that is sure of itself.</summary>
    public static DecodedWindow Window(params int[] tokens) => new() { Tokens = tokens, SumLogprob = -0.1 };

    public Task<DecodedWindow> DecodeAsync(WindowRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.Add(request);
        return Task.FromResult(answer(request, Requests.Count - 1));
    }

    public Task<IReadOnlyList<float>> DetectLanguageAsync(WindowFeatures features, string? adapter, CancellationToken cancellationToken) => Task.FromResult(Languages());

    public Task<AlignmentScores> AlignAsync(AlignmentRequest request, CancellationToken cancellationToken)
    {
        Alignments.Add(request);
        return Task.FromResult(Align(request));
    }
}
