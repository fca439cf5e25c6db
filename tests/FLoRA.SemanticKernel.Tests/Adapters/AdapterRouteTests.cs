using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Every way to name an adapter, streaming and not, and which one wins.</summary>
public class AdapterRouteTests
{
    private const string Lua = "lua-flora-r4", Rust = "rs-flora-r4", Bash = "sh-flora-r4";

    private static async Task ShouldAnswer(EchoKernel flora, string expected, KernelFunction function, Func<KernelArguments>? arguments = null)
    {
        (await flora.AskAsync(function, arguments?.Invoke())).ShouldBe(expected);
        (await flora.StreamAsync(function, arguments?.Invoke())).ShouldBe(expected);
    }

    private static KernelFunction Prompt(PromptExecutionSettings? settings = null, string name = "complete") =>
        KernelFunctionFactory.CreateFromPrompt("local x", settings, functionName: name);

    [Fact]
    public async Task No_adapter_is_the_base_model()
    {
        using var flora = new EchoKernel();
        await ShouldAnswer(flora, "base|local x", Prompt());
    }

    [Fact]
    public async Task Settings_object()
    {
        using var flora = new EchoKernel();
        await ShouldAnswer(flora, $"{Lua}|local x", Prompt(new FloraPromptExecutionSettings { AdapterId = Lua }));
    }

    [Fact]
    public async Task Json_prompt_template()
    {
        using var flora = new EchoKernel();
        PromptTemplateConfig config = PromptTemplateConfig.FromJson(
            """
            {"name": "complete", "template": "local {{$name}}", "allow_dangerously_set_content": true,
             "execution_settings": {"default": {"adapter_id": "lua-flora-r4", "max_tokens": 64, "stop_sequences": ["\n--"]}}}
            """);
        await ShouldAnswer(flora, $"{Lua}|local x", flora.Kernel.CreateFunctionFromPrompt(config), () => new() { ["name"] = "x" });
        flora.Loader.Engine.Requests.ShouldAllBe(r => r.MaxNewTokens == 64);
    }

    [Fact]
    public async Task Settings_as_YAML_gives_them()
    {
        using var flora = new EchoKernel();
        var settings = new PromptExecutionSettings
        {
            ExtensionData = new Dictionary<string, object>
            {
                ["adapter_id"] = Lua,
                ["temperature"] = "0.5",
                ["max_tokens"] = "64",
                ["stop_sequences"] = new List<object> { "\n--" },
            },
        };
        await ShouldAnswer(flora, $"{Lua}|local x", Prompt(settings));
        flora.Loader.Engine.Requests.ShouldAllBe(r => r.MaxNewTokens == 64 && r.Sampling.Temperature == 0.5);
    }

    [Fact]
    public async Task Settings_of_another_connector()
    {
        using var flora = new EchoKernel();
        var settings = new ForeignSettings { Temperature = 0.25, ExtensionData = new Dictionary<string, object> { ["adapter_id"] = Lua } };
        await ShouldAnswer(flora, $"{Lua}|local x", Prompt(settings));
        flora.Loader.Engine.Requests.ShouldAllBe(r => r.Sampling.Temperature == 0.25);
    }

    [Fact]
    public async Task Run_level_settings_win_over_the_prompts_own()
    {
        using var flora = new EchoKernel();
        await ShouldAnswer(
            flora, $"{Rust}|local x", Prompt(new FloraPromptExecutionSettings { AdapterId = Lua }),
            () => new(new FloraPromptExecutionSettings { AdapterId = Rust }));
    }

    [Fact]
    public async Task The_prompts_adapter_survives_an_override_of_the_temperature()
    {
        using var flora = new EchoKernel();
        await ShouldAnswer(
            flora, $"{Lua}|local x", Prompt(new FloraPromptExecutionSettings { AdapterId = Lua }),
            () => new(new FloraPromptExecutionSettings { Temperature = 0.7 }));
        flora.Loader.Engine.Requests.ShouldAllBe(r => r.Sampling.Temperature == 0.7);
    }

    [Fact]
    public async Task The_json_prompts_adapter_survives_run_level_settings_of_the_base_type()
    {
        using var flora = new EchoKernel();
        PromptTemplateConfig config = PromptTemplateConfig.FromJson(
            """{"name": "complete", "template": "local x", "execution_settings": {"default": {"adapter_id": "lua-flora-r4"}}}""");
        await ShouldAnswer(
            flora, $"{Lua}|local x", flora.Kernel.CreateFunctionFromPrompt(config),
            () => new(new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["temperature"] = 0.7 } }));
    }

    [Fact]
    public async Task The_map_routes_by_exact_name_before_the_wildcard()
    {
        using var flora = new EchoKernel(o =>
        {
            o.FunctionAdapters["Coder.lua"] = Lua;
            o.FunctionAdapters["Coder.*"] = Bash;
            o.DefaultAdapter = Rust;
        });
        KernelPlugin plugin = KernelPluginFactory.CreateFromFunctions("Coder", [Prompt(name: "lua"), Prompt(name: "other")]);
        await ShouldAnswer(flora, $"{Lua}|local x", plugin["lua"]);
        await ShouldAnswer(flora, $"{Bash}|local x", plugin["other"]);
        await ShouldAnswer(flora, $"{Rust}|local x", Prompt(name: "lua"));
    }

    [Fact]
    public async Task The_prompts_own_adapter_wins_over_the_map()
    {
        using var flora = new EchoKernel(o => o.FunctionAdapters["Coder.*"] = Bash);
        KernelPlugin plugin = KernelPluginFactory.CreateFromFunctions("Coder", [Prompt(new FloraPromptExecutionSettings { AdapterId = Lua })]);
        await ShouldAnswer(flora, $"{Lua}|local x", plugin["complete"]);
    }

    [Fact]
    public async Task The_default_adapter_is_last()
    {
        using var flora = new EchoKernel(o => o.DefaultAdapter = Rust);
        await ShouldAnswer(flora, $"{Rust}|local x", Prompt());
        (await flora.Client.GetResponseAsync("local x", cancellationToken: TestContext.Current.CancellationToken)).Text.ShouldBe($"{Rust}|local x");
    }

    [Fact]
    public async Task RequireAdapter_makes_the_base_model_an_error_that_names_the_function()
    {
        using var flora = new EchoKernel(o => o.RequireAdapter = true);
        KernelFunction function = KernelPluginFactory.CreateFromFunctions("Coder", [Prompt()])["complete"];
        InvalidRequestException error = await Should.ThrowAsync<InvalidRequestException>(() => flora.AskAsync(function));
        error.Message.ShouldContain("Coder.complete");
        error.Message.ShouldContain("RequireAdapter");
        await ShouldAnswer(flora, $"{Lua}|local x", Prompt(new FloraPromptExecutionSettings { AdapterId = Lua }));
        flora.Loader.Engine.Requests.ShouldAllBe(r => r.Adapter == Lua);
    }

    [Fact]
    public async Task An_unknown_adapter_names_function_adapter_and_known_ones_before_any_compute()
    {
        using var flora = new EchoKernel();
        KernelFunction function = KernelPluginFactory.CreateFromFunctions("Coder", [Prompt(new FloraPromptExecutionSettings { AdapterId = "cobol" })])["complete"];
        AdapterNotFoundException full = await Should.ThrowAsync<AdapterNotFoundException>(() => flora.AskAsync(function));
        AdapterNotFoundException streamed = await Should.ThrowAsync<AdapterNotFoundException>(() => flora.StreamAsync(function));
        foreach (AdapterNotFoundException error in new[] { full, streamed })
        {
            error.Message.ShouldContain("Coder.complete");
            error.Message.ShouldContain("'cobol'");
            error.Message.ShouldContain(Lua);
        }

        flora.Loader.Engine.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task ModelId_is_the_model_or_an_adapter()
    {
        using var flora = new EchoKernel(o => o.DefaultAdapter = Rust);
        CancellationToken cancel = TestContext.Current.CancellationToken;
        (await flora.Client.GetResponseAsync("x", new ChatOptions { ModelId = "tinycoder" }, cancel)).Text.ShouldBe($"{Rust}|x");
        (await flora.Client.GetResponseAsync("x", new ChatOptions { ModelId = Lua }, cancel)).Text.ShouldBe($"{Lua}|x");
        await ShouldAnswer(flora, $"{Lua}|local x", Prompt(new PromptExecutionSettings { ModelId = Lua }));
        InvalidRequestException other = await Should.ThrowAsync<InvalidRequestException>(() => flora.Client.GetResponseAsync("x", new ChatOptions { ModelId = "gpt-4" }, cancel));
        other.Message.ShouldContain("'gpt-4'");
        other.Message.ShouldContain("'tinycoder'");
        var both = new ChatOptions { ModelId = Lua, AdditionalProperties = new() { [FloraKeys.AdapterId] = Rust } };
        (await Should.ThrowAsync<InvalidRequestException>(() => flora.Client.GetResponseAsync("x", both, cancel))).Message.ShouldContain(Rust);
    }

    [Fact]
    public async Task AdditionalProperties_of_the_chat_client()
    {
        using var flora = new EchoKernel(o => o.DefaultAdapter = Rust);
        var options = new ChatOptions { AdditionalProperties = new() { ["adapter_id"] = Lua } };
        (await flora.Client.GetResponseAsync("x", options, TestContext.Current.CancellationToken)).Text.ShouldBe($"{Lua}|x");
    }

    [Fact]
    public async Task An_empty_adapter_id_is_an_error()
    {
        using var flora = new EchoKernel();
        (await Should.ThrowAsync<InvalidRequestException>(() => flora.AskAsync(Prompt(new FloraPromptExecutionSettings { AdapterId = "" })))).Message.ShouldContain("adapter_id");
    }

    /// <summary>Settings as another connector would define them.</summary>
    [Fact]
    public async Task An_adapter_in_a_typed_property_of_another_connectors_settings_survives_an_override()
    {
        using var flora = new EchoKernel();
        await ShouldAnswer(
            flora, $"{Lua}|local x", Prompt(new AdaptedForeignSettings { Adapter = Lua }), () => new(new FloraPromptExecutionSettings { Temperature = 0.7 }));
    }

    private sealed class AdaptedForeignSettings : PromptExecutionSettings
    {
        [System.Text.Json.Serialization.JsonPropertyName("adapter_id")]
        public string? Adapter { get; set; }

        public override PromptExecutionSettings Clone() => new AdaptedForeignSettings { Adapter = Adapter };
    }

    private sealed class ForeignSettings : PromptExecutionSettings
    {
        [System.Text.Json.Serialization.JsonPropertyName("temperature")]
        public double? Temperature { get; set; }

        [System.Text.Json.Serialization.JsonPropertyName("logprobs")]
        public bool? Logprobs { get; set; }

        public override PromptExecutionSettings Clone() => new ForeignSettings { Temperature = Temperature, Logprobs = Logprobs, ExtensionData = ExtensionData };
    }
}
