using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Sampling;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Chat options: what is honoured, what is refused by name, what is harmless.</summary>
public class ChatOptionsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ChatOptions Everything() => new()
    {
        Temperature = 0.7f,
        TopP = 0.9f,
        TopK = 40,
        FrequencyPenalty = 0.1f,
        PresencePenalty = 0.2f,
        Seed = 1L << 40,
        MaxOutputTokens = 12,
        StopSequences = ["\n--"],
        AdditionalProperties = new()
        {
            ["adapter_id"] = "lua-flora-r4",
            ["min_p"] = 0.05,
            ["repetition_penalty"] = 1.1,
            ["logit_bias"] = new Dictionary<int, double> { [7] = -1 },
            ["stop_tokens"] = new[] { 9 },
            ["ignore_eos"] = true,
        },
    };

    private static void ShouldBeEverything(Request request)
    {
        request.Adapter.ShouldBe("lua-flora-r4");
        request.MaxNewTokens.ShouldBe(12);
        request.StopTokens.ShouldBe([9]);
        request.IgnoreEos.ShouldBeTrue();
        SamplingOptions sampling = request.Sampling;
        sampling.Temperature.ShouldBe(0.7);
        sampling.TopP.ShouldBe(0.9);
        sampling.TopK.ShouldBe(40);
        sampling.MinP.ShouldBe(0.05);
        sampling.FrequencyPenalty.ShouldBe(0.1);
        sampling.PresencePenalty.ShouldBe(0.2);
        sampling.RepetitionPenalty.ShouldBe(1.1);
        sampling.Seed.ShouldBe(1L << 40);
        sampling.LogitBias.ShouldBe([KeyValuePair.Create(7, -1.0)]);
    }

    [Fact]
    public async Task Every_option_reaches_the_engine_and_none_is_changed()
    {
        using var flora = new EchoKernel();
        ChatOptions options = Everything();
        await flora.Client.GetResponseAsync("x", options, Cancel);
        ShouldBeEverything(flora.Loader.Engine.Requests.ShouldHaveSingleItem());
        JsonSerializer.Serialize(options).ShouldBe(JsonSerializer.Serialize(Everything()));
    }

    [Fact]
    public async Task Settings_that_went_through_the_kernels_own_conversion_say_the_same()
    {
        var settings = new FloraPromptExecutionSettings
        {
            AdapterId = "lua-flora-r4",
            Temperature = 0.7,
            TopP = 0.9,
            TopK = 40,
            MinP = 0.05,
            FrequencyPenalty = 0.1,
            PresencePenalty = 0.2,
            RepetitionPenalty = 1.1,
            Seed = 1L << 40,
            MaxTokens = 12,
            StopSequences = ["\n--"],
            StopTokens = [9],
            LogitBias = new Dictionary<int, double> { [7] = -1 },
            IgnoreEos = true,
        };
        using var flora = new EchoKernel();
        await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("x", settings));
        await flora.Client.GetResponseAsync("x", settings.ToChatOptions(flora.Kernel), Cancel);
        flora.Loader.Engine.Requests.Count.ShouldBe(2);
        Assert.All(flora.Loader.Engine.Requests, ShouldBeEverything);
    }

    [Fact]
    public async Task Without_a_temperature_it_is_greedy_unless_a_filter_would_be_lost()
    {
        using var flora = new EchoKernel();
        await flora.Client.GetResponseAsync("x", new ChatOptions { Seed = 3, TopP = 1, TopK = 0 }, Cancel);
        await flora.Client.GetResponseAsync("x", new ChatOptions { TopK = 5 }, Cancel);
        await flora.Client.GetResponseAsync("x", new ChatOptions { TopK = 5, Temperature = 0 }, Cancel);
        flora.Loader.Engine.Requests.Select(r => r.Sampling.Temperature).ShouldBe([0, 1, 0]);
    }

    public static TheoryData<string, ChatOptions> Refused() => new()
    {
        { "Tools", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] } },
        { "ToolMode", new ChatOptions { ToolMode = ChatToolMode.RequireAny } },
        { "ResponseFormat", new ChatOptions { ResponseFormat = ChatResponseFormat.Json } },
        { "ConversationId", new ChatOptions { ConversationId = "c" } },
        { "ContinuationToken", new ChatOptions { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) } },
        { "AllowBackgroundResponses", new ChatOptions { AllowBackgroundResponses = true } },
        { "response_format", new ChatOptions { AdditionalProperties = new() { ["response_format"] = "json_object" } } },
        { "adapterid", new ChatOptions { AdditionalProperties = new() { ["adapterid"] = "lua-flora-r4" } } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task What_is_not_supported_throws_by_name(string name, ChatOptions options)
    {
        using var flora = new EchoKernel();
        (await Should.ThrowAsync<NotSupportedException>(() => flora.Client.GetResponseAsync("x", options, Cancel))).Message.ShouldContain($"'{name}");
        Should.Throw<NotSupportedException>(() => flora.Client.GetStreamingResponseAsync("x", options, Cancel)).Message.ShouldContain($"'{name}");
        flora.Loader.Loads.ShouldBe(0);
    }

    [Fact]
    public async Task Empty_tools_text_format_and_reasoning_do_not_throw()
    {
        using var flora = new EchoKernel();
        var options = new ChatOptions
        {
            Tools = [],
            ToolMode = ChatToolMode.Auto,
            AllowMultipleToolCalls = true,
            ResponseFormat = ChatResponseFormat.Text,
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High },
        };
        (await flora.Client.GetResponseAsync("x", options, Cancel)).Text.ShouldBe("base|x");
    }

    [Fact]
    public async Task Contents_other_than_text_are_refused_by_name()
    {
        using var flora = new EchoKernel();
        var image = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        (await Should.ThrowAsync<NotSupportedException>(() => flora.Client.GetResponseAsync([image], null, Cancel))).Message.ShouldContain(nameof(DataContent));
        var tool = new ChatMessage(ChatRole.Tool, "1");
        (await Should.ThrowAsync<NotSupportedException>(() => flora.Client.GetResponseAsync([tool], null, Cancel))).Message.ShouldContain("'tool'");
        await Should.ThrowAsync<InvalidRequestException>(() => flora.Client.GetResponseAsync([], null, Cancel));
        await Should.ThrowAsync<ArgumentNullException>(() => flora.Client.GetResponseAsync((IEnumerable<ChatMessage>)null!, null, Cancel));
    }

    [Fact]
    public async Task A_kernel_with_nothing_but_the_chat_client_uses_it()
    {
        using var flora = new EchoKernel();
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(flora.Client);
        var arguments = new KernelArguments(new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", MaxTokens = 64 });
        FunctionResult result = await builder.Build().InvokePromptAsync("x", arguments, cancellationToken: Cancel);
        result.GetValue<string>().ShouldBe("lua-flora-r4|x");
        result.Metadata!["FinishReason"].ShouldBe("stop");
        result.Metadata!["Usage"].ShouldBeOfType<UsageDetails>();
    }
}
