using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>An answer, or a part of one.</summary>
internal sealed record ServiceAnswer(string Text, string? ModelId, IReadOnlyDictionary<string, object?>? Metadata);

/// <summary>One of the three services behind one face, so that each promise is tested once for all of them.</summary>
internal abstract class ServiceFace
{
    internal static readonly string[] Names = [nameof(FloraChatClient), nameof(IChatCompletionService), nameof(ITextGenerationService)];

    /// <summary>Options that are refused, with the name that the error must give.</summary>
    internal abstract IEnumerable<(string Name, object Options)> Refused { get; }

    /// <summary>Options for other services that leave the answer as it is.</summary>
    internal abstract IEnumerable<object> Harmless { get; }

    internal static ServiceFace Of(string name, Tinycoder tinycoder) => name switch
    {
        nameof(FloraChatClient) => new ChatClientFace(tinycoder.Client),
        nameof(IChatCompletionService) => new ChatServiceFace(tinycoder.Services.GetRequiredService<IChatCompletionService>()),
        nameof(ITextGenerationService) => new TextServiceFace(tinycoder.Services.GetRequiredService<ITextGenerationService>()),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such service"),
    };

    /// <summary>Settings as the service takes them.</summary>
    internal abstract object Options(FloraPromptExecutionSettings settings);

    internal abstract Task<ServiceAnswer> AskAsync(string prompt, object? options, CancellationToken cancellationToken);

    internal abstract IAsyncEnumerable<ServiceAnswer> StreamAsync(string prompt, object? options, CancellationToken cancellationToken);

    /// <summary>Asks with an empty conversation or prompt.</summary>
    internal abstract Task AskNothingAsync(CancellationToken cancellationToken);

    /// <summary>The streamed or the full answer; the streamed one has the metadata of its last part.</summary>
    internal async Task<ServiceAnswer> CallAsync(bool streaming, string prompt, object? options, CancellationToken cancellationToken)
    {
        if (!streaming)
            return await AskAsync(prompt, options, cancellationToken);
        List<ServiceAnswer> parts = await StreamAsync(prompt, options, cancellationToken).ToListAsync(cancellationToken);
        return parts[^1] with { Text = string.Concat(parts.Select(p => p.Text)) };
    }

    /// <summary>Everything that options say, to compare.</summary>
    internal static string Written(object options) => JsonSerializer.Serialize(options, options.GetType(), AIJsonUtilities.DefaultOptions);
}
