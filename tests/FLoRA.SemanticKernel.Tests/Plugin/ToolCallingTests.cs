using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Another model calls the tools, through each framework's own function calling.</summary>
public sealed class ToolCallingTests : IDisposable
{
    private const string Code = "fn f() {\n    \"a\\b\"";

    private const string Arguments = """{"language":"rs","code":"fn f() {\n    \"a\\b\"","max_tokens":64,"stop":["\\b","\n\n"]}""";

    private readonly PluginKernel _kernel = new();

    private readonly CloudModel _cloud = new(("list_adapters", """{"language":"rust"}"""), ("complete_code", Arguments));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _kernel.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Microsoft_Extensions_AI_calls_them(bool streams)
    {
        using IChatClient client = new FunctionInvokingChatClient(_cloud);
        var options = new ChatOptions { Tools = [.. _kernel.Plugin.AsAIFunctions()] };
        string text = streams
            ? (await client.GetStreamingResponseAsync("Write f.", options, Cancel).ToChatResponseAsync(Cancel)).Messages[^1].Text
            : (await client.GetResponseAsync("Write f.", options, Cancel)).Messages[^1].Text;
        ShouldBeAnswered(text, _kernel.Echo);
    }

    [Fact]
    public async Task An_agent_calls_them()
    {
        ChatClientAgent agent = _cloud.AsAIAgent(instructions: "You write code.", tools: [.. _kernel.Plugin.AsAIFunctions()]);
        AgentResponse response = await agent.RunAsync("Write f.", cancellationToken: Cancel);
        ShouldBeAnswered(response.Messages[^1].Text, _kernel.Echo);
    }

    [Fact]
    public async Task A_kernel_calls_them()
    {
        using IChatClient client = _cloud.AsBuilder().UseKernelFunctionInvocation().Build();
        using var echo = new EchoKernel(before: services => services.AddSingleton(client));
        echo.Loader.Adapters.Clear();
        echo.Loader.Adapters.AddRange(_kernel.Echo.Loader.Adapters);
        echo.Kernel.ImportPluginFromType<FloraPlugin>("Flora");
        var settings = new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        string? text = await echo.Kernel.InvokePromptAsync<string>("Write f.", new KernelArguments(settings), cancellationToken: Cancel);
        ShouldBeAnswered(text, echo);
    }

    [Fact]
    public async Task Functions_of_the_kernel_that_are_called_without_it_answer_in_json()
    {
        AIFunction function = KernelPluginFactory.CreateFromObject(_kernel.Plugin, "Flora")["complete_code"];
        // Why AsAIFunctions exists: most clients send what is not a string as JSON, with code's line breaks and quotes escaped.
        object? result = await function.InvokeAsync(new AIFunctionArguments { ["language"] = "rust", ["code"] = "x" }, Cancel);
        result.ShouldBeOfType<System.Text.Json.JsonElement>().GetString().ShouldBe("rust-m|x");
    }

    [Theory]
    [InlineData("""{"code":"x"}""", "Error: The arguments dictionary is missing a value for the required parameter 'language'.")]
    [InlineData("""{"language":"rust","code":"x","max_tokens":"many"}""", "Error: the arguments do not fit the tool's schema: ")]
    [InlineData("""{"language":"rust","code":"x","stop":"y"}""", "Error: the arguments do not fit the tool's schema: ")]
    [InlineData("""{"language":"rust","code":null}""", "Error: 'code' is empty; at least one character is needed.")]
    [InlineData("""{"language":"rust","code":"x","max_tokens":"64","stop":null,"surprise":1}""", "rust-m|x")]
    public async Task Arguments_that_do_not_fit_are_told_to_the_model(string arguments, string result)
    {
        var cloud = new CloudModel(("complete_code", arguments));
        using IChatClient client = new FunctionInvokingChatClient(cloud);
        await client.GetResponseAsync("Write f.", new ChatOptions { Tools = [.. _kernel.Plugin.AsAIFunctions()] }, Cancel);
        cloud.Results.ShouldHaveSingleItem().ShouldStartWith(result);
    }

    [Fact]
    public async Task A_kernel_takes_arguments_as_the_text_that_its_connectors_make_of_them()
    {
        KernelPlugin plugin = _kernel.Echo.Kernel.ImportPluginFromObject(_kernel.Plugin, "Flora");
        KernelArguments arguments = new() { ["adapter"] = "two", ["prompt"] = "a b c", ["max_tokens"] = "64", ["temperature"] = "0.5", ["stop"] = """["c"]""" };
        (await _kernel.Echo.Kernel.InvokeAsync<string>(plugin["generate_text"], arguments, Cancel)).ShouldBe("two|a b ");
        _kernel.Echo.Loader.Engine.Requests.ShouldHaveSingleItem().Sampling.Temperature.ShouldBe(0.5);
    }

    [Fact]
    public async Task Every_service_id_has_its_plugin()
    {
        using var echo = new EchoKernel(serviceId: "local");
        echo.Kernel.Plugins.AddFromObject(new FloraPlugin(echo.Kernel.Services.GetRequiredKeyedService<FloraChatClient>("local")), "Local");
        (await echo.Kernel.InvokeAsync<string>("Local", "complete_code", new() { ["language"] = "", ["code"] = "x", ["adapter"] = "lua-flora-r4" }, Cancel)).ShouldBe("lua-flora-r4|x");
    }

    private void ShouldBeAnswered(string? text, EchoKernel echo)
    {
        _cloud.Offered.Count.ShouldBe(4);
        _cloud.Results[0].Split('\n').Select(line => line.Split(' ')[0]).ShouldBe(["rust-a", "rust-m", "rust-z"]);
        text.ShouldBe("rust-m|fn f() {\n    \"a");
        _cloud.Results[1].ShouldBe(text);
        echo.Loader.PromptOf(0).ShouldBe(Code);
    }
}
