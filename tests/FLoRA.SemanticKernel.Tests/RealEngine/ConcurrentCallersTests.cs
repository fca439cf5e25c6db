using FLoRA.Inference;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>64 callers of one kernel at once, many of whom leave: every stream ends in exactly one way.</summary>
public class ConcurrentCallersTests
{
    private const int Callers = 64;

    private enum End { Finished, Cancelled, Left }

    /// <param name="End">How it ended.</param>
    /// <param name="Finishes">Parts that told a finish reason.</param>
    /// <param name="Text">What came.</param>
    private sealed record Outcome(End End, int Finishes, string Text);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_stream_ends_in_exactly_one_way_and_gives_everything_back(int seed)
    {
        var tinycoder = new TinycoderFixture();
        GoldenCompletion alone = tinycoder.Golden[0];
        (await CallAsync(tinycoder.Kernel, alone, null, false)).Text.ShouldBe(alone.Text);
        var random = new Random(seed);
        (GoldenCompletion Golden, int? Until, bool Leaves)[] calls = [.. Enumerable.Range(0, Callers).Select(i =>
            (tinycoder.Golden[random.Next(tinycoder.Golden.Count)], random.Next(2) == 0 ? (int?)null : random.Next(12), random.Next(3) == 0))];

        Outcome[] outcomes = await Task.WhenAll(calls.Select(call => Task.Run(() => CallAsync(tinycoder.Kernel, call.Golden, call.Until, call.Leaves))));

        foreach ((Outcome outcome, (GoldenCompletion golden, int? until, _)) in outcomes.Zip(calls))
        {
            outcome.Finishes.ShouldBe(outcome.End == End.Finished ? 1 : 0);
            if (outcome.End == End.Finished)
                outcome.Text.ShouldBe(golden.Text);
            else
                golden.Text.ShouldStartWith(outcome.Text);
            if (until is null)
                outcome.End.ShouldBe(End.Finished);
        }

        outcomes.Select(o => o.End).Distinct().Count().ShouldBe(3);
        (await CallAsync(tinycoder.Kernel, alone, null, false)).Text.ShouldBe(alone.Text);
        tinycoder.Dispose(); // Ends the engine's thread, so that the trace is complete.
        StepTrace[] steps = [.. tinycoder.Trace];
        StepTrace first = steps.TakeWhile(s => s.Sequences.SequenceEqual([steps[0].Sequences[0]])).Last();
        steps[^1].Sequences.Count.ShouldBe(1);
        steps[^1].FreeBlocks.ShouldBe(first.FreeBlocks);
    }

    /// <summary>Streams one prompt function; after <paramref name="until"/> parts the caller cancels, or leaves without a word.</summary>
    private static async Task<Outcome> CallAsync(Kernel kernel, GoldenCompletion golden, int? until, bool leaves)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int parts = 0, finishes = 0;
        string text = "";
        try
        {
            if (until == 0 && !leaves)
                await source.CancelAsync();
            await foreach (StreamingChatMessageContent part in kernel.InvokeStreamingAsync<StreamingChatMessageContent>(TinycoderFixture.Function(golden), cancellationToken: source.Token))
            {
                text += part.Content;
                if (part.Metadata!.ContainsKey(FloraKeys.FinishReason))
                    finishes++;
                if (++parts != until)
                    continue;
                if (leaves)
                    return new Outcome(finishes > 0 ? End.Finished : End.Left, finishes, text);
                await source.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (source.IsCancellationRequested)
        {
            return new Outcome(End.Cancelled, finishes, text);
        }

        return new Outcome(End.Finished, finishes, text);
    }
}
