using System.Threading.Channels;
using FLoRA.Inference;
using FLoRA.Inference.Execution;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>
/// 200 callers of one kernel at once, through all services, over an engine whose queue and cache are too small for them; many leave, cancel or
/// have a deadline. Every stream ends in exactly one way, and everything comes back.
/// </summary>
public class ConcurrentCallersTests
{
    private const int Callers = 200;

    private enum Door { PromptFunction, StreamedPromptFunction, ChatClient, StreamedChatClient, TextService }

    private enum Patience { Endless, Cancels, Leaves, HasADeadline }

    private enum End { Finished, Cancelled, Left, Refused }

    /// <param name="Golden">What it asks.</param>
    /// <param name="Texts">What it may get: its adapter's name leads to one of these when it begins.</param>
    /// <param name="Door">Through which service.</param>
    /// <param name="Patience">How it may end it.</param>
    /// <param name="After">Parts, or steps of the engine until the deadline, after which it does.</param>
    private sealed record Caller(GoldenCompletion Golden, IReadOnlyList<string> Texts, Door Door, Patience Patience, int After);

    /// <param name="End">How it ended.</param>
    /// <param name="Finishes">How often a finish reason was told.</param>
    /// <param name="Text">What came.</param>
    private sealed record Outcome(End End, int Finishes, string Text);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_stream_ends_in_exactly_one_way_and_gives_everything_back(int seed)
    {
        using TinycoderFixture tinycoder = Build(seed, out FakeTimeProvider clock, _ => { });
        await WarmAsync(tinycoder);
        await CallAsync(tinycoder, clock, seed, [.. tinycoder.Golden.Select(golden => (golden, (string[])[golden.Text]))]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Also_while_their_adapters_are_replaced(int seed)
    {
        string[] names = ["one", "two"], folders = [Folder(Tinycoder.Lua), Folder(Tinycoder.Rust)];
        Channel<long> steps = Channel.CreateUnbounded<long>();
        using TinycoderFixture tinycoder = Build(seed, out FakeTimeProvider clock, step => steps.Writer.TryWrite(step.Step));
        Engine engine = await WarmAsync(tinycoder);
        List<(GoldenCompletion, string[])> asked = [];
        foreach (string name in names)
        {
            await engine.LoadAdapterAsync(name, folders[0], TestContext.Current.CancellationToken);
            foreach (GoldenCompletion golden in Tinycoder.Golden.Take(4))
            {
                string[] texts = [await TextAsync(tinycoder, golden, Tinycoder.Lua), await TextAsync(tinycoder, golden, Tinycoder.Rust)];
                asked.Add((golden with { Adapter = name }, texts));
            }
        }

        int replacements = 0;
        async Task ReplaceAsync()
        {
            await foreach (long step in steps.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
            {
                if (step % 4 == 0)
                    await engine.LoadAdapterAsync(names[replacements % 2], folders[++replacements / 2 % 2], TestContext.Current.CancellationToken);
            }
        }

        Task replacing = ReplaceAsync();
        await CallAsync(tinycoder, clock, seed, asked);
        steps.Writer.Complete();
        await replacing;
        replacements.ShouldBeGreaterThan(4);
        names.ShouldBeSubsetOf(engine.Adapters.Select(a => a.Name));
    }

    private static string Folder(string adapter) => Path.Combine(TestModel.Adapters, adapter);

    private static TinycoderFixture Build(int seed, out FakeTimeProvider time, Action<StepTrace> trace)
    {
        // The deadlines' clock goes on by a second per step of the engine: they fall where they fall on every machine.
        FakeTimeProvider clock = time = new();
        return new TinycoderFixture(options =>
        {
            options.KvTokens = 512;
            options.MaxSequences = 32;
            options.Queue.MaxRequests = 48;
            options.Resilience.Retry.MaxAttempts = 1 + (seed % 2); // so that some are refused
            options.Resilience.Retry.MaxDelay = TimeSpan.FromMilliseconds(20);
            options.Trace += _ => clock.Advance(TimeSpan.FromSeconds(1));
            options.Trace += trace;
        });
    }

    private static async Task<Engine> WarmAsync(TinycoderFixture tinycoder)
    {
        await tinycoder.Kernel.InvokePromptAsync("x", new(new FloraPromptExecutionSettings { MaxTokens = 1 }), cancellationToken: TestContext.Current.CancellationToken);
        return ((IChatClient)tinycoder.Kernel.Services.GetRequiredService<FloraChatClient>()).GetService<Engine>().ShouldNotBeNull();
    }

    private static async Task<string> TextAsync(TinycoderFixture tinycoder, GoldenCompletion golden, string adapter) =>
        (await tinycoder.Kernel.InvokeAsync(TinycoderFixture.Function(golden with { Adapter = adapter }), cancellationToken: TestContext.Current.CancellationToken)).GetValue<string>()!;

    /// <summary>All callers at once, and what must be true of them and of the engine afterwards.</summary>
    private static async Task CallAsync(TinycoderFixture tinycoder, FakeTimeProvider clock, int seed, IReadOnlyList<(GoldenCompletion Golden, string[] Texts)> asked)
    {
        var random = new Random(seed);
        Caller[] callers = [.. Enumerable.Range(0, Callers).Select(_ => asked[random.Next(asked.Count)])
            .Select(one => new Caller(one.Golden, one.Texts, Pick<Door>(random), Pick<Patience>(random), random.Next(12)))];

        Outcome[] outcomes = await Task.WhenAll(callers.Select(caller => Task.Run(() => new Call(tinycoder.Kernel, caller, clock).RunAsync())));

        foreach ((Outcome outcome, Caller caller) in outcomes.Zip(callers))
        {
            outcome.Finishes.ShouldBe(outcome.End == End.Finished ? 1 : 0);
            if (outcome.End == End.Finished)
                caller.Texts.ShouldContain(outcome.Text);
            else
                caller.Texts.ShouldContain(text => text.StartsWith(outcome.Text, StringComparison.Ordinal));
            if (caller.Patience == Patience.Endless)
                outcome.End.ShouldBeOneOf(End.Finished, End.Refused);
            if (outcome.End == End.Refused)
                outcome.Text.ShouldBeEmpty();
        }

        outcomes.Select(o => o.End).Distinct().Order().ShouldBe(Enum.GetValues<End>());
        var client = tinycoder.Kernel.Services.GetRequiredService<FloraChatClient>();
        client.Pipeline.Runtime.Host.Calls.Count.ShouldBe(0);
        EngineOccupancy left = await ((IChatClient)client).GetService<Engine>().ShouldNotBeNull().ReadOccupancyAsync();
        left.ShouldBe(new EngineOccupancy(0, 0, left.TotalBlocks, left.TotalBlocks, 0, 0, 0));
    }

    private static T Pick<T>(Random random)
        where T : struct, Enum => Enum.GetValues<T>()[random.Next(Enum.GetValues<T>().Length)];

    /// <summary>One caller's call.</summary>
    private sealed class Call(Kernel kernel, Caller caller, TimeProvider clock)
    {
        private string _text = "";
        private int _finishes;

        internal async Task<Outcome> RunAsync()
        {
            using var own = caller.Patience == Patience.HasADeadline
                ? new CancellationTokenSource(TimeSpan.FromSeconds(1 + (5 * caller.After)), clock)
                : new CancellationTokenSource();
            if (caller is { Patience: Patience.Cancels, After: 0 })
                await own.CancelAsync();
            try
            {
                int parts = 0;
                await foreach ((string text, bool finished) in PartsAsync(own.Token))
                {
                    _text += text;
                    _finishes += finished ? 1 : 0;
                    if (++parts != caller.After)
                        continue;
                    if (caller.Patience == Patience.Leaves)
                        return new Outcome(_finishes > 0 ? End.Finished : End.Left, _finishes, _text);
                    if (caller.Patience == Patience.Cancels)
                        await own.CancelAsync();
                }

                return new Outcome(End.Finished, _finishes, _text);
            }
            catch (OperationCanceledException) when (own.IsCancellationRequested)
            {
                return new Outcome(End.Cancelled, _finishes, _text);
            }
            catch (EngineOverloadedException)
            {
                return new Outcome(End.Refused, _finishes, _text);
            }
        }

        private IAsyncEnumerable<(string Text, bool Finished)> PartsAsync(CancellationToken cancellationToken)
        {
            KernelFunction function = TinycoderFixture.Function(caller.Golden);
            ChatOptions options = new()
            {
                MaxOutputTokens = TinycoderFixture.MaxTokens,
                StopSequences = [.. caller.Golden.StopSequences],
                AdditionalProperties = new() { [FloraKeys.AdapterId] = caller.Golden.Adapter },
            };
            IChatClient client = kernel.GetRequiredService<IChatClient>();
            return caller.Door switch
            {
                Door.PromptFunction => One(async () =>
                {
                    FunctionResult result = await kernel.InvokeAsync(function, cancellationToken: cancellationToken);
                    return (result.GetValue<string>()!, result.Metadata!.ContainsKey(FloraKeys.FinishReason));
                }),
                Door.StreamedPromptFunction => kernel.InvokeStreamingAsync<StreamingChatMessageContent>(function, cancellationToken: cancellationToken)
                    .Select(p => (p.Content ?? "", p.Metadata!.ContainsKey(FloraKeys.FinishReason))),
                Door.ChatClient => One(async () =>
                {
                    ChatResponse response = await client.GetResponseAsync(caller.Golden.Prompt, options, cancellationToken);
                    return (response.Text, response.FinishReason is not null);
                }),
                Door.StreamedChatClient => client.GetStreamingResponseAsync(caller.Golden.Prompt, options, cancellationToken).Select(u => (u.Text, u.FinishReason is not null)),
                _ => kernel.GetRequiredService<ITextGenerationService>()
                    .GetStreamingTextContentsAsync(caller.Golden.Prompt, TinycoderFixture.Settings(caller.Golden), cancellationToken: cancellationToken)
                    .Select(p => (p.Text ?? "", p.Metadata!.ContainsKey(FloraKeys.FinishReason))),
            };
        }

        private static async IAsyncEnumerable<(string, bool)> One(Func<Task<(string, bool)>> call)
        {
            yield return await call();
        }
    }
}
