using System.Diagnostics;
using FLoRA.Inference;
using FLoRA.Inference.Execution;

namespace FLoRA.Bench.Serving;

/// <summary>Runs an arm once and measures it.</summary>
internal sealed class ArmRun(Engine engine, IReadOnlyList<IReadOnlyList<int>> prompts, int newTokens)
{
    public async Task<Round> RunAsync(Arm arm, CancellationToken cancellationToken)
    {
        EngineCounters before = await engine.ReadCountersAsync();
        long started = Stopwatch.GetTimestamp();
        int tokens = 0;
        for (int first = 0; first < prompts.Count; first += arm.Concurrency)
        {
            int wave = Math.Min(arm.Concurrency, prompts.Count - first);
            TokenStream[] streams = [.. Enumerable.Range(first, wave).Select(prompt => Submit(arm, prompt))];
            tokens += (await Task.WhenAll(streams.Select(stream => CountAsync(stream, cancellationToken)))).Sum();
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (tokens != prompts.Count * newTokens)
            throw new InvalidOperationException($"{arm.Name}: expected {prompts.Count * newTokens} tokens, got {tokens}.");
        return new Round(tokens, seconds, await engine.ReadCountersAsync() - before);
    }

    private TokenStream Submit(Arm arm, int prompt) => engine.Submit(new Request
    {
        PromptTokens = prompts[prompt],
        Adapter = arm.Adapter(prompt),
        MaxNewTokens = newTokens,
        IgnoreEos = true,
    });

    private static async Task<int> CountAsync(TokenStream stream, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (GeneratedToken _ in stream.WithCancellation(cancellationToken))
            count++;
        return count;
    }
}
