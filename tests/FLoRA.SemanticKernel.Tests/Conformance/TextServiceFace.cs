using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

internal sealed class TextServiceFace(ITextGenerationService service) : ServiceFace
{
    internal override IEnumerable<(string Name, object Options)> Refused =>
        [.. SettingsSamples.Refused, ("chat_system_prompt", new FloraPromptExecutionSettings { ChatSystemPrompt = "Be short." })];

    internal override IEnumerable<object> Harmless => SettingsSamples.Harmless;

    internal override object Options(FloraPromptExecutionSettings settings) => SettingsSamples.Frozen(settings);

    internal override async Task<ServiceAnswer> AskAsync(string prompt, object? options, CancellationToken cancellationToken)
    {
        TextContent content = (await service.GetTextContentsAsync(prompt, (PromptExecutionSettings?)options, cancellationToken: cancellationToken)).ShouldHaveSingleItem();
        return new ServiceAnswer(content.Text!, content.ModelId, content.Metadata);
    }

    internal override IAsyncEnumerable<ServiceAnswer> StreamAsync(string prompt, object? options, CancellationToken cancellationToken) =>
        service.GetStreamingTextContentsAsync(prompt, (PromptExecutionSettings?)options, cancellationToken: cancellationToken)
            .Select(content => new ServiceAnswer(content.Text!, content.ModelId, content.Metadata));

    internal override Task AskNothingAsync(CancellationToken cancellationToken) => service.GetTextContentsAsync("", cancellationToken: cancellationToken);
}
