using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The examples of the table of routes in docs/semantic-kernel.md that are code, as they stand there.</summary>
internal static class RoutesPage
{
    internal static Task<FunctionResult> SettingsOfTheCall(Kernel kernel, KernelFunction function) =>
        kernel.InvokeAsync(function, new KernelArguments(new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4" }));

    internal static Task<FunctionResult> SettingsOfAnyType(Kernel kernel, KernelFunction function) =>
        kernel.InvokeAsync(function, new KernelArguments(new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["adapter_id"] = "lua-flora-r4" } }));

    internal static Task<ChatResponse> ChatOptions(IChatClient client, string prompt) =>
        client.GetResponseAsync(prompt, new ChatOptions { AdditionalProperties = new() { ["adapter_id"] = "lua-flora-r4" } });

    internal static KernelFunction OwnSettings(Kernel kernel, string prompt) =>
        kernel.CreateFunctionFromPrompt(prompt, new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4" });
}
