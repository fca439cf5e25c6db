using FLoRA.Inference.Text;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets about agents and pipelines in docs/semantic-kernel.md, as they stand there.</summary>
internal static class AgentsPage
{
    internal static void Agents(IServiceCollection services)
    {
        services.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.AdapterFolders.Add("models/tinycoder/adapters");
            // This model only goes on with code: what people say becomes a comment.
            flora.ChatFormat = new ChatFormat(turns => string.Concat(turns.Select(t => t.Role == "assistant" ? t.Content : $"-- {t.Content}\n")));
        });
        foreach (string adapter in new[] { "lua-flora-r4", "rs-flora-r4" })
        {
            services.AddKeyedSingleton<AIAgent>(adapter, (provider, _) => new ChatClientAgent(provider.GetRequiredService<FloraChatClient>(), new ChatClientAgentOptions
            {
                Name = adapter,
                ChatOptions = new ChatOptions
                {
                    Instructions = "Code only.",
                    MaxOutputTokens = 32,
                    AdditionalProperties = new() { [FloraKeys.AdapterId] = adapter },
                },
            }));
        }
    }

    internal static async Task<(string ToLua, string ToRust)> TalkAsync(IServiceProvider provider)
    {
        AIAgent lua = provider.GetRequiredKeyedService<AIAgent>("lua-flora-r4"), rust = provider.GetRequiredKeyedService<AIAgent>("rs-flora-r4");
        AgentSession luaSession = await lua.CreateSessionAsync(), rustSession = await rust.CreateSessionAsync();
        string toLua = "Cap qty at 6.", toRust = "Cap qty at 6.";
        for (int turn = 0; turn < 2; turn++)
        {
            // Both answer at once, in the same batches of one engine.
            AgentResponse[] answers = await Task.WhenAll(lua.RunAsync(toLua, luaSession), rust.RunAsync(toRust, rustSession));
            (toLua, toRust) = (answers[1].Text, answers[0].Text);
        }

        return (toLua, toRust);
    }

    internal static async Task<string> RunOptionsAsync(AIAgent lua)
    {
        string text = "";
        var warmer = new ChatClientAgentRunOptions(new ChatOptions { Temperature = 0.8f, Seed = 7 }); // The agent's adapter stays.
        await foreach (AgentResponseUpdate update in lua.RunStreamingAsync("Cap qty at 6.", options: warmer))
            text += update.Text;
        return text;
    }

    internal static void Pipeline(IServiceCollection services)
    {
        services.AddLogging().AddDistributedMemoryCache();
        services.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.AdapterFolders.Add("models/tinycoder/adapters");
        });
        services.AddChatClient(provider => provider.GetRequiredService<FloraChatClient>())
            .UseLogging()
            .UseOpenTelemetry()
            .UseFloraCache();
    }

    internal static void KeyedPipeline(IServiceCollection services)
    {
        services.AddKeyedChatClient("lua", provider => provider.GetRequiredService<FloraChatClient>())
            .ConfigureOptions(options => options.ModelId = "lua-flora-r4")
            .UseFloraCache();
    }
}
