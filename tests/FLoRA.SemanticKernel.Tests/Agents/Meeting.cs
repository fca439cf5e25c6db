using System.Runtime.CompilerServices;
using FLoRA.Inference;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>
/// Makes callers meet in a batch, whoever is scheduled when: the engine's thread stays in the trace of a step until all of them have queued
/// their request.
/// </summary>
internal sealed class Meeting : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ManualResetEventSlim _complete = new(initialState: true);
    private int _missing;

    internal void OnStep(StepTrace step) => _complete.Wait(Patience);

    /// <summary>From now on the engine waits for so many requests.</summary>
    internal void Expect(int callers)
    {
        Volatile.Write(ref _missing, callers);
        _complete.Reset();
    }

    /// <summary>A client that tells when a request is queued.</summary>
    internal IChatClient Around(IChatClient client) => new Announcing(client, this);

    public void Dispose() => _complete.Set();

    private void Arrived()
    {
        if (Interlocked.Decrement(ref _missing) == 0)
            _complete.Set();
    }

    private sealed class Announcing(IChatClient inner, Meeting meeting) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Task<ChatResponse> response = base.GetResponseAsync(messages, options, cancellationToken); // With a loaded model it is queued when this returns.
            meeting.Arrived();
            return response;
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await using IAsyncEnumerator<ChatResponseUpdate> updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            ValueTask<bool> first = updates.MoveNextAsync();
            meeting.Arrived();
            for (bool any = await first; any; any = await updates.MoveNextAsync())
                yield return updates.Current;
        }
    }
}
