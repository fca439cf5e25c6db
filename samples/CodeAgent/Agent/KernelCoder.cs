using System.Diagnostics;
using System.Text;
using CodeAgent.Languages;
using FLoRA.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace CodeAgent.Agent;

/// <summary>What the model wrote.</summary>
/// <param name="Text">The completion.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Time">From the call to the end of the stream.</param>
/// <param name="Batches">Steps of the engine meanwhile.</param>
internal sealed record Completion(string Text, long Tokens, TimeSpan Time, BatchCount Batches);

/// <summary>
/// Writes code in one language: a kernel function per task whose prompt is the code so far, with the language's adapter in
/// the function's settings. Calls of several coders that arrive together share the engine's batches.
/// </summary>
internal sealed class KernelCoder(Kernel kernel, Language language, string? adapter, BatchMeter meter)
{
    /// <summary>Longest completion.</summary>
    public const int MaxTokens = 200;

    /// <summary>How daring a second try is.</summary>
    public const double RetryTemperature = 0.8, RetryTopP = 0.95;

    /// <summary>Completes a task: greedily, or with a seed by sampling.</summary>
    /// <param name="task">Its prompt and stop texts are used.</param>
    /// <param name="samplingSeed">Null: greedy.</param>
    /// <param name="onText">Sees each piece of the completion as it arrives.</param>
    public async Task<Completion> WriteAsync(LanguageTask task, long? samplingSeed, Action<string> onText, CancellationToken cancellationToken)
    {
        KernelFunction function = kernel.CreateFunctionFromPrompt(FloraPrompts.Raw("{{$code}}", Settings(task, null), language.Name));
        // Run-level settings replace the function's as a whole, so those of a retry are complete too.
        var arguments = samplingSeed is null ? new KernelArguments() : new KernelArguments(Settings(task, samplingSeed));
        arguments["code"] = task.Prompt;

        var text = new StringBuilder();
        UsageDetails? usage = null;
        BatchCount before = meter.Total;
        long start = Stopwatch.GetTimestamp();
        await foreach (StreamingKernelContent part in kernel.InvokeStreamingAsync<StreamingKernelContent>(function, arguments, cancellationToken))
        {
            string piece = part.ToString();
            if (piece.Length > 0)
            {
                text.Append(piece);
                onText(piece);
            }
            if (part.Metadata is { } metadata && metadata.TryGetValue(FloraKeys.Usage, out object? value))
                usage = value as UsageDetails ?? usage;
        }
        long tokens = usage?.OutputTokenCount ?? throw new InvalidOperationException($"The stream of the function '{language.Name}' ended without a usage of tokens.");
        return new Completion(text.ToString(), tokens, Stopwatch.GetElapsedTime(start), meter.Total - before);
    }

    private FloraPromptExecutionSettings Settings(LanguageTask task, long? samplingSeed) => new()
    {
        AdapterId = adapter,
        MaxTokens = MaxTokens,
        StopSequences = [.. task.StopTexts],
        Temperature = samplingSeed is null ? 0 : RetryTemperature,
        TopP = samplingSeed is null ? null : RetryTopP,
        Seed = samplingSeed,
    };
}
