using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>
/// Semantic Kernel's ChatCompletionAgent is not among the packages here; this does what its source (Agents/Core/ChatCompletionAgent.cs) does with the
/// kernel: a throw-away function of the agent's settings, the selector, the chat service with what the selector gave.
/// </summary>
public class ChatCompletionAgentTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("flora")]
    public async Task The_adapter_of_its_arguments_answers(string? serviceId)
    {
        using var flora = new EchoKernel(o => o.FunctionAdapters["Coder.*"] = Tinycoder.Bash, serviceId: "flora");
        (await AskAsync(flora.Kernel, new(new FloraPromptExecutionSettings { AdapterId = Tinycoder.Lua, ServiceId = serviceId }))).ShouldStartWith(Tinycoder.Lua);
        (await AskAsync(flora.Kernel, new(new FloraPromptExecutionSettings { Temperature = 0, ServiceId = serviceId }))).ShouldStartWith("base");
        flora.Loader.PromptOf(0).ShouldBe("System: Be short.\n\nUser: Hi\n\nAssistant:");
    }

    private static async Task<string> AskAsync(Kernel kernel, KernelArguments arguments)
    {
        KernelFunction placeholder = KernelFunctionFactory.CreateFromPrompt("placeholder", arguments.ExecutionSettings!.Values);
        kernel.ServiceSelector.TrySelectAIService(kernel, placeholder, arguments, out IChatCompletionService? service, out PromptExecutionSettings? settings).ShouldBeTrue();
        var chat = new ChatHistory();
        chat.Add(new ChatMessageContent(AuthorRole.System, "Be short.") { AuthorName = "Agent" });
        chat.AddUserMessage("Hi");
        return (await service!.GetChatMessageContentsAsync(chat, settings, kernel, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Content!;
    }
}
