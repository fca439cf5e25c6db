using System.Collections.Concurrent;
using FLoRA.Inference;
using FLoRA.Inference.Text;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Microsoft Agent Framework's ChatClientAgent over the client: what reaches the prompt, what a run may change, what a session keeps.</summary>
public sealed class AgentTests : IDisposable
{
    private readonly ConcurrentQueue<string> _prompts = new();
    private readonly Tinycoder _tinycoder;

    public AgentTests() => _tinycoder = new Tinycoder(configure: o => o.ChatFormat = new ChatFormat(turns =>
    {
        string prompt = CodeConversation.Write(turns);
        _prompts.Enqueue(prompt);
        return prompt;
    }));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _tinycoder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Instructions_and_message_reach_the_prompt_and_the_answer_tells_the_adapter(bool streaming)
    {
        AIAgent agent = CodeConversation.Agent(_tinycoder.Client, Tinycoder.Lua, "Lua only.");
        AgentResponse response = await CodeConversation.RunAsync(agent, streaming, "Get the last number in sales.");
        _prompts.ShouldHaveSingleItem().ShouldBe("-- Lua only.\n-- Get the last number in sales.\nlocal function ");
        response.Text.ShouldNotBeEmpty();
        response.FinishReason.ShouldBe(ChatFinishReason.Length);
        response.Usage!.OutputTokenCount.ShouldBe(CodeConversation.MaxTokens);
        response.AdditionalProperties![FloraKeys.AdapterId].ShouldBe(Tinycoder.Lua);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_overrides_the_temperature_and_keeps_the_adapter(bool streaming)
    {
        AIAgent agent = CodeConversation.Agent(_tinycoder.Client, Tinycoder.Lua, "Lua only.");
        var run = new ChatClientAgentRunOptions(new ChatOptions { Temperature = 1.5f, Seed = 3 });
        AgentResponse response = await CodeConversation.RunAsync(agent, streaming, "Get the last number in sales.", options: run);
        response.AdditionalProperties![FloraKeys.AdapterId].ShouldBe(Tinycoder.Lua);

        ChatOptions direct = CodeConversation.Options(Tinycoder.Lua, "Lua only.");
        direct.Temperature = 1.5f;
        direct.Seed = 3;
        (await _tinycoder.Client.GetResponseAsync([new(ChatRole.User, "Get the last number in sales.")], direct, Cancel)).Text.ShouldBe(response.Text);
        (await CodeConversation.RunAsync(agent, streaming, "Get the last number in sales.")).Text.ShouldNotBe(response.Text);
        run.ChatOptions!.AdditionalProperties.ShouldBeNull();
    }

    [Fact]
    public async Task A_run_may_name_another_adapter_and_join_instructions()
    {
        AIAgent agent = CodeConversation.Agent(_tinycoder.Client, Tinycoder.Lua, "Code only.");
        var run = new ChatClientAgentRunOptions(new ChatOptions { Instructions = "Be short.", AdditionalProperties = new() { [FloraKeys.AdapterId] = Tinycoder.Rust } });
        AgentResponse response = await agent.RunAsync("Cap qty at 6.", options: run, cancellationToken: Cancel);
        response.AdditionalProperties![FloraKeys.AdapterId].ShouldBe(Tinycoder.Rust);
        _prompts.ShouldHaveSingleItem().ShouldStartWith("-- Code only.\n-- Be short.\n-- Cap qty at 6.\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_keeps_the_history_and_has_no_id_of_a_server(bool streaming)
    {
        AIAgent agent = CodeConversation.Agent(_tinycoder.Client, Tinycoder.Lua, "Lua only.");
        AgentSession session = await agent.CreateSessionAsync(Cancel);
        AgentResponse first = await CodeConversation.RunAsync(agent, streaming, "Cap qty at 6.", session);
        await CodeConversation.RunAsync(agent, streaming, "Now at 7.", session);
        await CodeConversation.RunAsync(agent, streaming, "Alone.");
        string[] prompts = [.. _prompts];
        prompts[1].ShouldBe($"-- Lua only.\n-- Cap qty at 6.\n{first.Text}\n-- Now at 7.\nlocal function ");
        prompts[2].ShouldBe("-- Lua only.\n-- Alone.\nlocal function ");
        session.ShouldBeOfType<ChatClientAgentSession>().ConversationId.ShouldBeNull();
    }

    [Fact]
    public async Task A_session_that_was_written_and_read_goes_on()
    {
        AIAgent agent = CodeConversation.Agent(_tinycoder.Client, Tinycoder.Lua, "Lua only.");
        AgentSession session = await agent.CreateSessionAsync(Cancel);
        AgentResponse first = await agent.RunAsync("Cap qty at 6.", session, cancellationToken: Cancel);
        AgentSession read = await agent.DeserializeSessionAsync(await agent.SerializeSessionAsync(session, cancellationToken: Cancel), cancellationToken: Cancel);
        await agent.RunAsync("Now at 7.", read, cancellationToken: Cancel);
        _prompts.Last().ShouldContain(first.Text);
    }

    [Fact]
    public async Task Errors_reach_the_caller_as_they_are()
    {
        AIAgent unknown = CodeConversation.Agent(_tinycoder.Client, "cobol", "Code only.");
        (await Should.ThrowAsync<AdapterNotFoundException>(() => unknown.RunAsync("x", cancellationToken: Cancel))).Adapter.ShouldBe("cobol");
        AIAgent tools = _tinycoder.Client.AsAIAgent(instructions: "Code only.", tools: [AIFunctionFactory.Create(() => 6, "limit")]);
        (await Should.ThrowAsync<NotSupportedException>(() => tools.RunAsync("x", cancellationToken: Cancel))).Message.ShouldContain("'Tools'");
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => CodeConversation.Agent(_tinycoder.Client, Tinycoder.Lua, "x").RunAsync("x", cancellationToken: source.Token));
    }

    [Fact]
    public async Task Without_a_format_of_ones_own_the_plain_one_has_the_instructions_too()
    {
        using var flora = new EchoKernel();
        AIAgent agent = flora.Client.AsAIAgent(instructions: "Be short.", name: "Echo");
        AgentSession session = await agent.CreateSessionAsync(Cancel);
        string answer = (await agent.RunAsync("Hi", session, cancellationToken: Cancel)).Text;
        await agent.RunAsync("Again", session, cancellationToken: Cancel);
        flora.Loader.PromptOf(0).ShouldBe("System: Be short.\n\nUser: Hi\n\nAssistant:");
        flora.Loader.PromptOf(1).ShouldBe($"System: Be short.\n\nUser: Hi\n\nAssistant: {answer}\n\nUser: Again\n\nAssistant:");
    }
}
