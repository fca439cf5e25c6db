using System.Collections.Concurrent;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>
/// An engine without a model: answers each prompt with "{adapter|base}|{prompt}", one token at a time. A prompt that
/// contains <see cref="Hang"/> is answered by its first token and then waits for its cancellation.
/// </summary>
internal sealed class EchoEngine(Tokenizer tokenizer) : ITokenEngine, IDisposable
{
    internal const string Hang = "hang";

    internal ConcurrentQueue<Request> Requests { get; } = new();

    internal int Cancelled;
    internal int Disposed;

    public TokenStream Submit(Request request)
    {
        Requests.Enqueue(request);
        string prompt = tokenizer.Decode(request.PromptTokens);
        IReadOnlyList<int> answer = tokenizer.Encode($"{request.Adapter ?? "base"}|{prompt}");
        var stream = new TokenStream(Requests.Count, request.PromptTokens.Count, Cancel);
        bool hangs = prompt.Contains(Hang, StringComparison.Ordinal);
        int length = Math.Min(hangs ? 1 : answer.Count, request.MaxNewTokens ?? answer.Count);
        stream.MarkAdmitted();
        foreach (int id in answer.Take(length))
            stream.Write(new GeneratedToken(id, null));
        if (!hangs)
            stream.Finish(length < answer.Count ? FinishReason.Length : FinishReason.Stop);
        return stream;
    }

    public void Dispose() => Interlocked.Increment(ref Disposed);

    private void Cancel(TokenStream stream)
    {
        if (stream.FinishCancelled())
            Interlocked.Increment(ref Cancelled);
    }
}
