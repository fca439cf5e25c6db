using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using CodeAgent.Agent;
using FLoRA.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.TextGeneration;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace CodeAgent.Tests.Agent;

/// <summary>A call that reached the model.</summary>
internal sealed record ModelCall(string Prompt, FloraPromptExecutionSettings Settings);

/// <summary>A text service in a real kernel: gives scripted completions, piece by piece, and remembers the calls.</summary>
internal sealed class FakeModel(Func<ModelCall, Task<string>> answer) : ITextGenerationService
{
    public FakeModel(Func<ModelCall, string> answer)
        : this(call => Task.FromResult(answer(call)))
    {
    }

    public ConcurrentQueue<ModelCall> Calls { get; } = new();

    public IReadOnlyDictionary<string, object?> Attributes { get; } = new Dictionary<string, object?>();

    public Kernel Kernel()
    {
        IKernelBuilder builder = Microsoft.SemanticKernel.Kernel.CreateBuilder();
        builder.Services.AddSingleton<ITextGenerationService>(this);
        return builder.Build();
    }

    /// <summary>A coder of a language on this model.</summary>
    public KernelCoder Coder(string language, string? adapter) => new(Kernel(), TestRun.Language(language), adapter, new BatchMeter());

    public Task<IReadOnlyList<TextContent>> GetTextContentsAsync(string prompt, PromptExecutionSettings? executionSettings, Kernel? kernel, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The agent streams.");

    public async IAsyncEnumerable<StreamingTextContent> GetStreamingTextContentsAsync(
        string prompt, PromptExecutionSettings? executionSettings, Kernel? kernel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var call = new ModelCall(prompt, (FloraPromptExecutionSettings)executionSettings!);
        Calls.Enqueue(call);
        string text = await answer(call);
        foreach (char piece in text)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new StreamingTextContent(piece.ToString());
        }
        yield return new StreamingTextContent("", metadata: new Dictionary<string, object?> { [FloraKeys.Usage] = new UsageDetails { OutputTokenCount = text.Length } });
    }
}
