using System.Text.Json.Nodes;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>An adapter named by settings, in every kind of kernel, streaming and not, against the reference's text.</summary>
public class SettingsRouteTests(RouteKernels kernels) : IClassFixture<RouteKernels>
{
    private static readonly GoldenCompletion Lua = Tinycoder.Of(Tinycoder.Lua);
    private static readonly GoldenCompletion Rust = Tinycoder.Of(Tinycoder.Rust);

    public static TheoryData<KernelKind> Kinds() => [.. Enum.GetValues<KernelKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_adapter_is_the_base_model(KernelKind kind)
    {
        GoldenCompletion golden = Tinycoder.Of(null);
        await Route.ShouldGive(kernels[kind], golden, Route.Function(golden, Route.Ends(golden)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Settings_object(KernelKind kind) =>
        await Route.ShouldGive(kernels[kind], Lua, Route.Function(Lua, Route.Ends(Lua, Tinycoder.Lua)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Json_prompt_template(KernelKind kind)
    {
        var template = new JsonObject
        {
            ["name"] = "complete",
            ["template"] = Lua.Prompt,
            ["execution_settings"] = new JsonObject
            {
                ["default"] = new JsonObject
                {
                    ["adapter_id"] = Tinycoder.Lua,
                    ["max_tokens"] = TinycoderFixture.MaxTokens,
                    ["stop_sequences"] = new JsonArray([.. Lua.StopSequences.Select(s => (JsonNode)s)]),
                },
            },
        };
        await Route.ShouldGive(kernels[kind], Lua, kernels[kind].CreateFunctionFromPrompt(PromptTemplateConfig.FromJson(template.ToJsonString())));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Settings_as_YAML_gives_them(KernelKind kind)
    {
        var settings = new PromptExecutionSettings
        {
            ExtensionData = new Dictionary<string, object>
            {
                ["adapter_id"] = Tinycoder.Lua,
                ["temperature"] = "0",
                ["max_tokens"] = "48",
                ["ignore_eos"] = "false",
                ["stop_sequences"] = new List<object>(Lua.StopSequences),
            },
        };
        await Route.ShouldGive(kernels[kind], Lua, Route.Function(Lua, settings));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Settings_of_another_connector(KernelKind kind)
    {
        var settings = new OtherConnectorSettings
        {
            Temperature = 0,
            MaxTokens = TinycoderFixture.MaxTokens,
            StopSequences = [.. Lua.StopSequences],
            ExtensionData = new Dictionary<string, object> { ["adapter_id"] = Tinycoder.Lua },
        };
        await Route.ShouldGive(kernels[kind], Lua, Route.Function(Lua, settings));
        await Route.ShouldGive(kernels[kind], Lua, Route.Function(Lua), () => new(settings));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Run_level_settings_win_over_the_prompts_own(KernelKind kind) =>
        await Route.ShouldGive(kernels[kind], Rust, Route.Function(Rust, Route.Ends(Rust, Tinycoder.Lua)), () => new(Route.Ends(Rust, Tinycoder.Rust)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_prompts_adapter_survives_an_override_of_the_temperature(KernelKind kind)
    {
        KernelFunction function = Route.Function(Lua, new FloraPromptExecutionSettings { AdapterId = Tinycoder.Lua });
        FloraPromptExecutionSettings greedy = Route.Ends(Lua);
        greedy.Temperature = 0;
        await Route.ShouldGive(kernels[kind], Lua, function, () => new(greedy));

        FloraPromptExecutionSettings sampled = Sampled(null);
        string lua = await AskAsync(function, Sampled(Tinycoder.Lua));
        (await AskAsync(function, sampled)).ShouldBe(lua);
        (await AskAsync(Route.Function(Lua), sampled)).ShouldNotBe(lua);

        FloraPromptExecutionSettings Sampled(string? adapter) => new() { AdapterId = adapter, Temperature = 1.5, Seed = 3, MaxTokens = 24, IgnoreEos = true };

        async Task<string> AskAsync(KernelFunction asked, PromptExecutionSettings settings) =>
            (await kernels[kind].InvokeAsync<string>(asked, new(settings), TestContext.Current.CancellationToken))!;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_adapters_name_as_the_model(KernelKind kind)
    {
        FloraPromptExecutionSettings settings = Route.Ends(Lua);
        settings.ModelId = Tinycoder.Lua;
        await Route.ShouldGive(kernels[kind], Lua, Route.Function(Lua, settings));
    }

    [Fact]
    public async Task The_service_id_and_an_adapter()
    {
        FloraPromptExecutionSettings settings = Route.Ends(Lua, Tinycoder.Lua);
        settings.ServiceId = "flora";
        await Route.ShouldGive(kernels[KernelKind.AddKernelKeyed], Lua, Route.Function(Lua, settings));
    }
}
