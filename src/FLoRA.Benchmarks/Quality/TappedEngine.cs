using FLoRA.Inference;

namespace FLoRA.Benchmarks.Quality;

/// <summary>An engine that gives the logits of whole texts.</summary>
internal sealed class TappedEngine : IDisposable
{
    private readonly Engine _engine;
    private LogitTap? _tap;

    /// <summary>Loads it.</summary>
    public TappedEngine(EngineOptions options) => _engine = Engine.Load(options with { DecorateForward = forward => _tap = new LogitTap(forward) });

    /// <summary>Per text [tokens, vocabulary], all in the same batches.</summary>
    public Task<float[][]> LogitsAsync(IEnumerable<StoredCase> texts) => Task.WhenAll(texts.Select(async text =>
    {
        ScoreResult score = await _engine.ScoreAsync(text.Tokens, text.Adapter).ConfigureAwait(false);
        return _tap!.Take(score.RequestId);
    }));

    public void Dispose() => _engine.Dispose();
}
