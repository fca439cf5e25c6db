using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace FLoRA.SemanticKernel.Tests;

internal sealed class ChatServiceFace(IChatCompletionService service) : ServiceFace
{
    internal override IEnumerable<(string Name, object Options)> Refused => SettingsSamples.Refused;

    internal override IEnumerable<object> Harmless => SettingsSamples.Harmless;

    internal override object Options(FloraPromptExecutionSettings settings) => SettingsSamples.Frozen(settings);

    internal override async Task<ServiceAnswer> AskAsync(string prompt, object? options, CancellationToken cancellationToken)
    {
        ChatHistory history = History(prompt);
        ChatMessageContent content = (await service.GetChatMessageContentsAsync(history, (PromptExecutionSettings?)options, cancellationToken: cancellationToken)).ShouldHaveSingleItem();
        history.Count.ShouldBe(1);
        return new ServiceAnswer(content.Content!, content.ModelId, content.Metadata);
    }

    internal override IAsyncEnumerable<ServiceAnswer> StreamAsync(string prompt, object? options, CancellationToken cancellationToken) =>
        service.GetStreamingChatMessageContentsAsync(History(prompt), (PromptExecutionSettings?)options, cancellationToken: cancellationToken)
            .Select(content => new ServiceAnswer(content.Content!, content.ModelId, content.Metadata));

    internal override Task AskNothingAsync(CancellationToken cancellationToken) => service.GetChatMessageContentsAsync([], cancellationToken: cancellationToken);

    private static ChatHistory History(string prompt)
    {
        if (prompt is null)
            return null!;
        var history = new ChatHistory();
        history.AddUserMessage(prompt);
        return history;
    }
}
