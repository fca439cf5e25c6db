using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>An engine with the tokenizer of its model; every service over it has a text layer of its own.</summary>
/// <param name="model">What was loaded.</param>
/// <param name="tokens">Where requests go.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="adapters">Adapters registered now.</param>
/// <param name="owned">The engine; disposed with this object.</param>
/// <param name="speech">From audio to text; null: a model of text alone.</param>
/// <param name="lost">Completes when the device is lost; null: that of the engine, if it is a real one.</param>
/// <param name="queued">Requests and prompt tokens that wait; null: that of the engine, if it is a real one.</param>
internal sealed class LoadedEngine(
    ModelInfo model, ITokenEngine tokens, Tokenizer tokenizer, Func<IReadOnlyList<AdapterInfo>> adapters, IDisposable owned, SpeechTranscriber? speech = null,
    Task<EngineFaultException>? lost = null, Func<(int Requests, long Tokens)>? queued = null) : IDisposable
{
    internal ModelInfo Model { get; } = model;

    internal ITokenEngine Tokens { get; } = tokens;

    internal Tokenizer Tokenizer { get; } = tokenizer;

    internal SpeechTranscriber? Speech { get; } = speech;

    internal IReadOnlyList<AdapterInfo> Adapters => adapters();

    internal AdapterNames AdapterNames => new([.. Adapters.Select(a => a.Name)], name => Engine?.OffersAdapter(name) ?? false);

    /// <summary>Reads what a call's adapter needs to be read, off the caller's thread; null: base.</summary>
    /// <exception cref="AdapterLoadException">Its folder is refused.</exception>
    internal async Task PrepareAsync(string? adapter, CancellationToken cancellationToken)
    {
        if (adapter is null || Engine is null || Lost.IsCompleted)
            return;
        try
        {
            await Engine.PrepareAdapterAsync(adapter, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (Lost.IsCompleted)
        {
            // The device was lost meanwhile: whoever opens a stream is told when to come back.
        }
    }

    /// <summary>The engine, where it is a real one.</summary>
    internal Inference.Engine? Engine => Tokens as Inference.Engine;

    /// <summary>"cpu" or "cuda"; of another engine "?".</summary>
    internal string Device => Engine?.Info.Device ?? "?";

    /// <summary>See <see cref="Inference.Engine.Lost"/>.</summary>
    internal Task<EngineFaultException> Lost { get; } = lost ?? (tokens as Inference.Engine)?.Lost ?? new TaskCompletionSource<EngineFaultException>().Task;

    /// <summary>Requests, and their prompt tokens, that wait for their first admission.</summary>
    internal (int Requests, long Tokens) Queued => queued?.Invoke() ?? Engine?.Queued ?? default;

    public void Dispose() => owned.Dispose();
}
