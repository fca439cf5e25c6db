using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of docs/semantic-kernel.md, as they stand there, with the repository's root as the current folder.</summary>
internal static class SemanticKernelPage
{
    internal static async Task<(Kernel Kernel, string? Code)> QuickStartAsync()
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.AdapterFolders.Add("models/tinycoder/adapters");
        });
        Kernel kernel = builder.Build();

        KernelFunction lua = kernel.CreateFunctionFromPrompt(FloraPrompts.Raw(
            "-- {{$task}}\nlocal function cap(qty)\n",
            new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", MaxTokens = 64, StopSequences = ["\nlocal"] }));
        string? code = await kernel.InvokeAsync<string>(lua, new() { ["task"] = "Cap qty at 6." });
        return (kernel, code);
    }

    internal static async Task ChatClientAsync()
    {
        using var client = new FloraChatClient(new FloraOptions
        {
            Model = "models/tinycoder/model",
            AdapterFolders = ["models/tinycoder/adapters"],
        });
        var options = new ChatOptions { MaxOutputTokens = 64, AdditionalProperties = new() { [FloraKeys.AdapterId] = "lua-flora-r4" } };
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("-- Cap qty at 6.\nlocal function cap(qty)\n", options))
            Console.Write(update.Text);
    }

    internal static KernelFunction JsonTemplate(Kernel kernel)
    {
        PromptTemplateConfig config = PromptTemplateConfig.FromJson(
            """
            {
              "name": "complete_lua",
              "template": "-- {{$task}}\nlocal function cap(qty)\n",
              "input_variables": [ { "name": "task", "allow_dangerously_set_content": true } ],
              "execution_settings": {
                "default": { "adapter_id": "lua-flora-r4", "max_tokens": 64, "stop_sequences": ["\nlocal"] }
              }
            }
            """);
        KernelFunction function = kernel.CreateFunctionFromPrompt(config);
        return function;
    }

    internal static async Task<(Kernel Kernel, string? Answer)> PluginAsync(IChatClient cloud)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(cloud.AsBuilder().UseKernelFunctionInvocation().Build());
        builder.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.AdapterFolders.Add("models/tinycoder/adapters");
        });
        builder.Plugins.AddFromType<FloraPlugin>("Flora");
        Kernel kernel = builder.Build();

        var settings = new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        string? answer = await kernel.InvokePromptAsync<string>("Write a Lua function that caps qty at 6.", new(settings));
        return (kernel, answer);
    }

    internal static async Task<string> ToolsOfAnAgentAsync(IChatClient cloud)
    {
        using var client = new FloraChatClient(new FloraOptions
        {
            Model = "models/tinycoder/model",
            AdapterFolders = ["models/tinycoder/adapters"],
        });
        AIAgent agent = cloud.AsAIAgent(
            instructions: "You write code. Have function bodies written by complete_code.",
            tools: [.. new FloraPlugin(client).AsAIFunctions()]);
        AgentResponse response = await agent.RunAsync("Write a Lua function that caps qty at 6.");
        return response.Text;
    }

    internal static void Configuration(IServiceCollection services)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json").Build();
        services.AddFlora(configuration.GetSection("Flora"), serviceId: "flora");
        services.AddFlora(flora => flora.Trace = step => Console.Error.WriteLine($"{step.Sequences.Count} in the batch"), serviceId: "flora");
    }
}
