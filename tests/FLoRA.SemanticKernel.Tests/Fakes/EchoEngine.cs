using System.Collections.Concurrent;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>
/// An engine without a model: answers each prompt with "{adapter|base}|{prompt}", one token at a time. A prompt that
/// contains <see cref="Hang"/> is answered by its first token and then held until it is cancelled, released or failed; one that
/// contains <see cref="Silent"/> does not get even that.
/// </summary>
internal sealed class EchoEngine(Tokenizer tokenizer) : ITokenEngine, IDisposable
{
    internal const string Hang = "hang", Silent = "silent";

    private readonly ConcurrentDictionary<TokenStream, IReadOnlyList<int>> _held = new();
    private int _requests;

    internal ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Thrown by the next calls of <see cref="Submit"/>, one each.</summary>
    internal ConcurrentQueue<Exception> Refusals { get; } = new();

    /// <summary>Ends the next streams in place of their first token, one each.</summary>
    internal ConcurrentQueue<Exception> FirstTokenFaults { get; } = new();

    private readonly TaskCompletionSource<EngineFaultException> _lost = new();

    internal Task<EngineFaultException> Lost => _lost.Task;

    /// <summary>What it says of its queue.</summary>
    internal (int Requests, long Tokens) Queued { get; set; }

    internal int Held => _held.Count;

    internal int Cancelled;
    internal int Disposed;

    public TokenStream Submit(Request request)
    {
        ObjectDisposedException.ThrowIf(Disposed > 0, this);
        Requests.Enqueue(request);
        if (_lost.Task.IsCompleted)
            throw new EngineUnavailableException("lost", null, _lost.Task.Result);
        if (Refusals.TryDequeue(out Exception? refusal))
            throw refusal;
        string prompt = tokenizer.Decode(request.PromptTokens);
        IReadOnlyList<int> answer = tokenizer.Encode($"{request.Adapter ?? "base"}|{prompt}");
        var stream = new TokenStream(Interlocked.Increment(ref _requests), request.PromptTokens.Count, Cancel);
        if (FirstTokenFaults.TryDequeue(out Exception? fault))
        {
            stream.Fail(fault);
            return stream;
        }

        bool silent = prompt.Contains(Silent, StringComparison.Ordinal), hangs = silent || prompt.Contains(Hang, StringComparison.Ordinal);
        int length = Math.Min(answer.Count, request.MaxNewTokens ?? answer.Count), now = silent ? 0 : hangs ? 1 : length;
        stream.MarkAdmitted();
        foreach (int id in answer.Take(now))
            stream.Write(new GeneratedToken(id, null));
        if (hangs)
            _held[stream] = [.. answer.Take(length).Skip(now)];
        else
            stream.Finish(length < answer.Count ? FinishReason.Length : FinishReason.Stop);
        return stream;
    }

    /// <summary>Gives the held streams the rest of their answer.</summary>
    internal void Release()
    {
        foreach ((TokenStream stream, IReadOnlyList<int> rest) in _held)
        {
            foreach (int id in rest)
                stream.Write(new GeneratedToken(id, null));
            _held.TryRemove(stream, out _);
            stream.Finish(FinishReason.Stop);
        }
    }

    /// <summary>Ends the held streams by an exception.</summary>
    internal void Fail(Exception exception)
    {
        foreach (TokenStream stream in _held.Keys)
        {
            _held.TryRemove(stream, out _);
            stream.Fail(exception);
        }
    }

    /// <summary>Loses the device: what has begun fails with the fault, what has not is told to come again, and nothing more is taken.</summary>
    internal void Lose(EngineFaultException fault)
    {
        _lost.SetResult(fault);
        foreach (TokenStream stream in _held.Keys)
        {
            _held.TryRemove(stream, out _);
            stream.Fail(stream.Timing.FirstToken is null ? new EngineUnavailableException("lost", null, fault) : fault);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Increment(ref Disposed) == 1)
            Fail(new ObjectDisposedException(nameof(EchoEngine)));
    }

    private void Cancel(TokenStream stream)
    {
        _held.TryRemove(stream, out _);
        if (stream.FinishCancelled())
            Interlocked.Increment(ref Cancelled);
    }
}
