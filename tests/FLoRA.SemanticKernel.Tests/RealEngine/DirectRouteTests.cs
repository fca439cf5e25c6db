using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Routes of the chat client's options and those that nobody names: default and required adapter, unknown ones.</summary>
public class DirectRouteTests
{
    private static readonly GoldenCompletion Lua = Tinycoder.Of(Tinycoder.Lua);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ChatOptions Ends() => new() { MaxOutputTokens = TinycoderFixture.MaxTokens, StopSequences = [.. Lua.StopSequences] };

    private static async Task ShouldGiveLua(IChatClient client, ChatOptions options)
    {
        ChatResponse full = await client.GetResponseAsync(Lua.Prompt, options, Cancel);
        ChatResponse streamed = await client.GetStreamingResponseAsync(Lua.Prompt, options, Cancel).ToChatResponseAsync(Cancel);
        foreach (ChatResponse response in new[] { full, streamed })
        {
            response.Text.ShouldBe(Lua.Text);
            response.AdditionalProperties![FloraKeys.ResultAdapterId].ShouldBe(Tinycoder.Lua);
            response.ModelId.ShouldBe("tinycoder");
        }
    }

    [Fact]
    public async Task Model_id_of_chat_options()
    {
        using var tinycoder = new Tinycoder();
        ChatOptions options = Ends();
        options.ModelId = Tinycoder.Lua;
        await ShouldGiveLua(tinycoder.Client, options);
    }

    [Fact]
    public async Task Additional_properties_of_chat_options()
    {
        using var tinycoder = new Tinycoder();
        ChatOptions options = Ends();
        options.AdditionalProperties = new() { ["adapter_id"] = Tinycoder.Lua };
        await ShouldGiveLua(tinycoder.Client, options);
    }

    [Fact]
    public async Task Default_adapter_for_clients_and_functions()
    {
        using var tinycoder = new Tinycoder(configure: o => o.DefaultAdapter = Tinycoder.Lua);
        await ShouldGiveLua(tinycoder.Client, Ends());
        ChatOptions options = Ends();
        options.ModelId = "tinycoder";
        await ShouldGiveLua(tinycoder.Client, options);
        await Route.ShouldGive(tinycoder.Kernel, Lua, Route.Function(Lua, Route.Ends(Lua)));
        await Route.ShouldGive(tinycoder.Kernel, Lua, Route.Function(Lua), mayGoOn: true);
    }

    [Fact]
    public async Task Required_adapter()
    {
        using var tinycoder = new Tinycoder(configure: o => o.RequireAdapter = true);
        KernelFunction function = Route.InPlugin("Coder", Route.Function(Lua));
        foreach (Func<Task> call in Calls(tinycoder, function, new ChatOptions()))
            (await Should.ThrowAsync<InvalidRequestException>(call)).Message.ShouldContain("RequireAdapter");
        (await tinycoder.StepsAsync()).ShouldBeEmpty();
        await Route.ShouldGive(tinycoder.Kernel, Lua, Route.Function(Lua, Route.Ends(Lua, Tinycoder.Lua)));
    }

    [Fact]
    public async Task An_unknown_adapter_is_an_error_with_all_names_before_any_step()
    {
        using var tinycoder = new Tinycoder();
        KernelFunction function = Route.InPlugin("Coder", Route.Function(Lua, new FloraPromptExecutionSettings { AdapterId = "cobol" }));
        Func<Task>[] calls = [.. Calls(tinycoder, function, new ChatOptions { AdditionalProperties = new() { [FloraKeys.AdapterId] = "cobol" } })];
        for (int i = 0; i < calls.Length; i++)
        {
            AdapterNotFoundException error = await Should.ThrowAsync<AdapterNotFoundException>(calls[i]);
            error.Adapter.ShouldBe("cobol");
            error.Known.ShouldBe(tinycoder.Engine.Adapters.Select(a => a.Name), ignoreOrder: true);
            error.Message.ShouldContain("'cobol'");
            error.Message.ShouldContain(Tinycoder.Lua);
            if (i < 2)
                error.RequestedBy.ShouldBe($"Coder.{Lua.Name}");
        }

        (await tinycoder.StepsAsync()).ShouldBeEmpty();
    }

    /// <summary>The function, full and streamed, then the client alike.</summary>
    private static IEnumerable<Func<Task>> Calls(Tinycoder tinycoder, KernelFunction function, ChatOptions options)
    {
        IChatClient client = tinycoder.Client;
        yield return () => tinycoder.Kernel.InvokeAsync(function, cancellationToken: Cancel);
        yield return async () => await tinycoder.Kernel.InvokeStreamingAsync(function, cancellationToken: Cancel).ToListAsync(Cancel);
        yield return () => client.GetResponseAsync(Lua.Prompt, options, Cancel);
        yield return async () => await client.GetStreamingResponseAsync(Lua.Prompt, options, Cancel).ToListAsync(Cancel);
    }
}
