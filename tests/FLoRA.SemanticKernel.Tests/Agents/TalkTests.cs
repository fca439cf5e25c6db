using FLoRA.Inference;
using FLoRA.Inference.Text;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Two agents of different adapters talk to each other at once: they share batches, and each says what it says alone.</summary>
public class TalkTests
{
    private const int Turns = 3;

    private static readonly string[] Adapters = [Tinycoder.Lua, Tinycoder.Rust];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task They_share_batches_and_say_what_they_say_alone(bool firstStreams, bool secondStreams)
    {
        using var meeting = new Meeting();
        using var tinycoder = new Tinycoder(
            configure: o =>
            {
                o.ChatFormat = new ChatFormat(CodeConversation.Write);
                o.Trace = meeting.OnStep;
            },
            addAfter: services =>
            {
                foreach (string adapter in Adapters)
                {
                    services.AddKeyedChatClient(adapter, p => meeting.Around(p.GetRequiredService<FloraChatClient>()));
                    services.AddKeyedSingleton(adapter, (p, _) => CodeConversation.Agent(p.GetRequiredKeyedService<IChatClient>(adapter), adapter, $"You write {adapter}."));
                }
            });
        AIAgent[] agents = [.. Adapters.Select(a => tinycoder.Services.GetRequiredKeyedService<AIAgent>(a))];
        bool[] streams = [firstStreams, secondStreams];
        AgentSession[] sessions = [await agents[0].CreateSessionAsync(Cancel), await agents[1].CreateSessionAsync(Cancel)];
        await tinycoder.Client.GetResponseAsync("x", new ChatOptions { MaxOutputTokens = 1 }, Cancel); // Loads the model.

        string[] messages = ["Cap qty at 6.", "Get the last number in sales."];
        var said = new List<(string Message, string Answer)>[] { [], [] };
        for (int turn = 0; turn < Turns; turn++)
        {
            meeting.Expect(2);
            int before = tinycoder.Steps.Count;
            AgentResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(i =>
                Task.Run(() => CodeConversation.RunAsync(agents[i], streams[i], messages[i], sessions[i]))));

            IReadOnlyList<StepTrace> steps = await tinycoder.StepsAsync();
            steps.Skip(before).Count(step => step.Sequences.Count == 2).ShouldBeGreaterThanOrEqualTo(CodeConversation.MaxTokens - 1);
            for (int i = 0; i < 2; i++)
            {
                said[i].Add((messages[i], answers[i].Text));
                answers[i].AdditionalProperties![FloraKeys.AdapterId].ShouldBe(Adapters[i]);
            }

            messages = [answers[1].Text, answers[0].Text];
        }

        said[0].Select(s => s.Answer).ShouldNotBe(said[1].Select(s => s.Answer));
        for (int i = 0; i < 2; i++)
        {
            AgentSession alone = await agents[i].CreateSessionAsync(Cancel);
            foreach ((string message, string answer) in said[i])
                (await CodeConversation.RunAsync(agents[i], streams[i], message, alone)).Text.ShouldBe(answer);
        }
    }

    [Fact]
    public async Task Agents_from_the_container_have_the_adapter_of_their_keyed_client()
    {
        using var tinycoder = new Tinycoder(
            configure: o => o.ChatFormat = new ChatFormat(CodeConversation.Write),
            addAfter: services =>
            {
                foreach (string adapter in Adapters)
                {
                    services.AddKeyedChatClient(adapter, p => p.GetRequiredService<FloraChatClient>())
                        .ConfigureOptions(o => (o.AdditionalProperties ??= [])[FloraKeys.AdapterId] = adapter);
                    services.AddKeyedSingleton<AIAgent>(adapter, (p, key) => p.GetRequiredKeyedService<IChatClient>(key).AsAIAgent(new ChatClientAgentOptions
                    {
                        Name = adapter,
                        ChatOptions = new ChatOptions { Instructions = "Code only.", MaxOutputTokens = 8 },
                    }));
                }
            });
        AgentResponse[] answers = await Task.WhenAll(Adapters.Select(a => tinycoder.Services.GetRequiredKeyedService<AIAgent>(a).RunAsync("Cap qty at 6.", cancellationToken: Cancel)));
        answers.Select(a => a.AdditionalProperties![FloraKeys.AdapterId]).ShouldBe(Adapters);
    }
}
