using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What the model gets to read: raw text where there is one, a written-out conversation else.</summary>
public class RawPromptTests
{
    private const string Code = "  if (a < b && c[\"k\"] > '0') {\n\treturn a & b; // <i>&lt;</i>\n}\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Code_in_a_variable_reaches_the_model_as_written()
    {
        using var flora = new EchoKernel();
        KernelFunction function = flora.Kernel.CreateFunctionFromPrompt(FloraPrompts.Raw("// go on\n{{$code}}", functionName: "complete"));
        (await flora.AskAsync(function, new() { ["code"] = Code })).ShouldBe($"base|// go on\n{Code}");
        (await flora.StreamAsync(function, new() { ["code"] = Code })).ShouldBe($"base|// go on\n{Code}");
    }

    [Fact]
    public async Task Code_in_the_prompt_itself_reaches_the_model_as_written()
    {
        using var flora = new EchoKernel();
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt(Code))).ShouldBe($"base|{Code}");
        (await flora.Kernel.InvokePromptAsync<string>(Code, cancellationToken: Cancel)).ShouldBe($"base|{Code}");
    }

    [Fact]
    public async Task All_three_services_continue_a_single_text()
    {
        using var flora = new EchoKernel();
        (await flora.Client.GetResponseAsync(Code, cancellationToken: Cancel)).Text.ShouldBe($"base|{Code}");
        IChatCompletionService chat = flora.Kernel.GetRequiredService<IChatCompletionService>();
        (await chat.GetChatMessageContentAsync(Code, cancellationToken: Cancel)).Content.ShouldBe($"base|{Code}");
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        (await text.GetTextContentAsync(Code, cancellationToken: Cancel)).Text.ShouldBe($"base|{Code}");
    }

    [Fact]
    public async Task A_conversation_is_written_in_the_plain_format()
    {
        using var flora = new EchoKernel();
        var history = new ChatHistory("Be short.");
        history.AddUserMessage("a < b?");
        history.AddAssistantMessage("Yes.");
        history.AddUserMessage("Why?");
        IChatCompletionService chat = flora.Kernel.GetRequiredService<IChatCompletionService>();
        string answer = (await chat.GetChatMessageContentAsync(history, cancellationToken: Cancel)).Content!;
        answer.ShouldBe("base|System: Be short."); // The echo ends at the plain format's own stop string.
        flora.Loader.PromptOf(0).ShouldBe("System: Be short.\n\nUser: a < b?\n\nAssistant: Yes.\n\nUser: Why?\n\nAssistant:");
    }

    [Fact]
    public async Task Instructions_make_a_conversation_and_join_a_system_message()
    {
        using var flora = new EchoKernel();
        await flora.Client.GetResponseAsync("Hi", new ChatOptions { Instructions = "Be short." }, Cancel);
        await flora.Client.GetResponseAsync([new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi")], new ChatOptions { Instructions = "Be short." }, Cancel);
        await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("Hi", new FloraPromptExecutionSettings { ChatSystemPrompt = "Be short." }));
        flora.Loader.PromptOf(0).ShouldBe("System: Be short.\n\nUser: Hi\n\nAssistant:");
        flora.Loader.PromptOf(1).ShouldBe("System: Be short.\nBe kind.\n\nUser: Hi\n\nAssistant:");
        flora.Loader.PromptOf(2).ShouldBe("System: Be short.\n\nUser: Hi\n\nAssistant:");
    }

    [Fact]
    public async Task A_chat_prompt_is_a_conversation()
    {
        using var flora = new EchoKernel();
        await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("<message role=\"system\">Be short.</message><message role=\"user\">a &lt; b?</message>"));
        flora.Loader.PromptOf(0).ShouldBe("System: Be short.\n\nUser: a < b?\n\nAssistant:");
    }

    [Fact]
    public async Task A_chat_format_of_ones_own_writes_every_conversation()
    {
        using var flora = new EchoKernel(o => o.ChatFormat = new ChatFormat(turns => string.Concat(turns.Select(t => $"[{t.Role}]{t.Content}")) + "[assistant]"));
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("Hi"))).ShouldBe("base|[user]Hi[assistant]");
    }

    [Fact]
    public async Task A_model_with_a_chat_template_gets_every_conversation_by_it_and_raw_text_by_the_text_service()
    {
        using var folder = new TemplatedModel("{% for m in messages %}[{{ m.role }}{{ ' ' + m.name if m.name is defined }}]{{ m.content }}{% endfor %}");
        using var flora = new EchoKernel(o => o.Model = folder.Path);
        (await flora.Client.GetResponseAsync("Hi", cancellationToken: Cancel)).Text.ShouldBe("base|[user]Hi");
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("Hi"))).ShouldBe("base|[user]Hi");
        await flora.Client.GetResponseAsync([new(ChatRole.User, "Hi") { AuthorName = "Ann" }, new(ChatRole.Assistant, "Yes?")], new ChatOptions { Instructions = "Be short." }, Cancel);
        flora.Loader.PromptOf(2).ShouldBe("[system]Be short.[user Ann]Hi[assistant]Yes?");
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        (await text.GetTextContentAsync("Hi", cancellationToken: Cancel)).Text.ShouldBe("base|Hi");
    }

    [Fact]
    public async Task Variables_reach_the_chat_template_by_settings_JSON_and_additional_properties()
    {
        using var folder = new TemplatedModel("{{ messages[0].content }}{{ '/think' if enable_thinking else '/no' }}{{ level }}");
        using var flora = new EchoKernel(o => o.Model = folder.Path);
        var settings = new FloraPromptExecutionSettings { TemplateVariables = new Dictionary<string, object?> { ["enable_thinking"] = true, ["level"] = 3 } };
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("Hi", settings))).ShouldBe("base|Hi/think3");
        var json = JsonSerializer.Deserialize<PromptExecutionSettings>("""{"template_variables":{"enable_thinking":true,"level":"x"}}""");
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("Hi", json))).ShouldBe("base|Hi/thinkx");
        // As YAML gives them: every value is a text.
        var texts = new Dictionary<object, object> { ["enable_thinking"] = "false" };
        (await flora.Client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [FloraKeys.TemplateVariables] = texts } }, Cancel)).Text.ShouldBe("base|Hi/no");
        await Should.ThrowAsync<InvalidRequestException>(() => flora.Client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [FloraKeys.TemplateName] = "rag" } }, Cancel));
        await Should.ThrowAsync<InvalidRequestException>(() => flora.Kernel.GetRequiredService<ITextGenerationService>().GetTextContentAsync("Hi", settings, cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_a_chat_template_refuses_is_a_clear_error_of_the_call()
    {
        using var folder = new TemplatedModel("{{ raise_exception('System role not supported') if messages[0].role == 'system' else messages[0].content }}");
        using var flora = new EchoKernel(o => o.Model = folder.Path);
        InvalidRequestException refused = await Should.ThrowAsync<InvalidRequestException>(() => flora.Client.GetResponseAsync("Hi", new ChatOptions { Instructions = "Be short." }, Cancel));
        refused.Message.ShouldBe("The model's chat template refuses the conversation: System role not supported");
        (await flora.Client.GetResponseAsync("Hi", cancellationToken: Cancel)).Text.ShouldBe("base|Hi");
    }

    [Fact]
    public async Task Fill_in_the_middle()
    {
        using var flora = new EchoKernel();
        var settings = new FloraPromptExecutionSettings { Suffix = "\nend\n" };
        await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("function f()\n", settings));
        await flora.Kernel.GetRequiredService<ITextGenerationService>().GetTextContentAsync("function f()\n", settings, cancellationToken: Cancel);
        flora.Loader.PromptOf(0).ShouldBe("<fim_prefix>function f()\n<fim_suffix>\nend\n<fim_middle>");
        flora.Loader.PromptOf(1).ShouldBe(flora.Loader.PromptOf(0));
    }

    [Fact]
    public async Task The_form_of_a_gap_is_found_or_the_services_or_the_calls()
    {
        using var flora = new EchoKernel(o => o.InfillForm = "<fim_suffix>{suffix}<fim_prefix>{prefix}");
        ITextGenerationService text = flora.Kernel.GetRequiredService<ITextGenerationService>();
        await text.GetTextContentAsync("a", new FloraPromptExecutionSettings { Suffix = "b" }, cancellationToken: Cancel);
        await text.GetTextContentAsync("a", new FloraPromptExecutionSettings { Suffix = "b", InfillForm = "starcoder" }, cancellationToken: Cancel);
        await flora.Client.GetResponseAsync("a", new ChatOptions { AdditionalProperties = new() { [FloraKeys.Suffix] = "b", [FloraKeys.InfillForm] = "starcoder" } }, Cancel);
        flora.Loader.PromptOf(0).ShouldBe("<fim_suffix>b<fim_prefix>a");
        flora.Loader.PromptOf(1).ShouldBe("<fim_prefix>a<fim_suffix>b<fim_middle>");
        flora.Loader.PromptOf(2).ShouldBe(flora.Loader.PromptOf(1));
        InvalidRequestException unknown = await Should.ThrowAsync<InvalidRequestException>(() => text.GetTextContentAsync("a", new FloraPromptExecutionSettings { Suffix = "b", InfillForm = "gpt" }, cancellationToken: Cancel));
        unknown.Message.ShouldStartWith("infill_form: expected starcoder, qwen");
    }

    [Fact]
    public async Task The_text_service_has_no_instructions()
    {
        using var flora = new EchoKernel();
        ITextGenerationService text = flora.Kernel.Services.GetRequiredService<ITextGenerationService>();
        NotSupportedException refused = await Should.ThrowAsync<NotSupportedException>(
            () => text.GetTextContentAsync("Hi", new FloraPromptExecutionSettings { ChatSystemPrompt = "Be short." }, cancellationToken: Cancel));
        refused.Message.ShouldContain("chat_system_prompt");
    }
}
