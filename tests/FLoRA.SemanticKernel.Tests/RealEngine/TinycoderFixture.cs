using System.Collections.Concurrent;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>One request of mixed.json: what the reference gives, greedily, until a stop string, the end token or 48 tokens.</summary>
public sealed record GoldenCompletion(string Name, string? Adapter, string Prompt, IReadOnlyList<string> StopSequences, string Text);

/// <summary>A kernel over the real engine on the embedded model, loaded once for the class.</summary>
public sealed class TinycoderFixture : IDisposable
{
    internal const int MaxTokens = 48;

    public TinycoderFixture()
        : this(null)
    {
    }

    internal TinycoderFixture(Action<FloraOptions>? configure)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.AddFlora(options =>
        {
            options.Model = TestModel.Folder;
            options.AdapterFolders.Add(TestModel.Adapters);
            options.Device = "cpu";
            options.KvTokens = 8192;
            options.Trace = Trace.Enqueue;
            configure?.Invoke(options);
        });
        Kernel = builder.Build();
    }

    internal Kernel Kernel { get; }

    internal IReadOnlyList<GoldenCompletion> Golden => Tinycoder.Golden;

    internal ConcurrentQueue<StepTrace> Trace { get; } = new();

    internal static KernelFunction Function(GoldenCompletion golden) => KernelFunctionFactory.CreateFromPrompt(
        golden.Prompt, Settings(golden), functionName: golden.Name);

    internal static FloraPromptExecutionSettings Settings(GoldenCompletion golden) =>
        new() { AdapterId = golden.Adapter, MaxTokens = MaxTokens, StopSequences = [.. golden.StopSequences] };

    /// <summary>Lets calls meet in a batch, whoever is scheduled when: the engine takes no step before so many requests of theirs are queued.</summary>
    internal async Task<T> MeetingAsync<T>(int requests, Func<Task<T>> call)
    {
        Engine engine = Kernel.GetRequiredService<IChatClient>().GetService<Engine>()!;
        Task<T> calls;
        using (engine.HoldSteps())
        {
            calls = call();
            while (engine.Queued.Requests < requests && !calls.IsCompleted)
                await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        return await calls;
    }

    public void Dispose() => ((IDisposable)Kernel.Services).Dispose();
}
