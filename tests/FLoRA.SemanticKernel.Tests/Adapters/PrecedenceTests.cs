using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Every combination of the places that may name an adapter, and who wins.</summary>
public class PrecedenceTests
{
    private const string Run = "lua-flora-r4", Own = "rs-flora-r4", Exact = "sh-flora-r4", Wildcard = "php-flora-r4", Default = "pl-flora-r4";

    /// <summary>What settings say: there are none, they name no adapter, or they name one.</summary>
    public enum Says { Nothing, NoAdapter, Adapter }

    public static TheoryData<Says, Says, bool, bool, bool> Combinations()
    {
        var data = new TheoryData<Says, Says, bool, bool, bool>();
        foreach (Says run in Enum.GetValues<Says>())
        {
            foreach (Says own in Enum.GetValues<Says>())
            {
                for (int bits = 0; bits < 8; bits++)
                    data.Add(run, own, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_first_that_names_one_wins(Says run, Says own, bool exact, bool wildcard, bool standard)
    {
        using var flora = new EchoKernel(o =>
        {
            if (exact)
                o.FunctionAdapters["Coder.complete"] = Exact;
            if (wildcard)
                o.FunctionAdapters["Coder.*"] = Wildcard;
            if (standard)
                o.DefaultAdapter = Default;
        });
        flora.Loader.Adapters.AddRange(new[] { Wildcard, Default }.Select(name => new AdapterInfo(name, AdapterKind.Flora, 4, 4, 1, name)));
        KernelFunction function = Route.InPlugin("Coder", KernelFunctionFactory.CreateFromPrompt("x", Settings(own, Own), functionName: "complete"));

        string expected = (run, own) switch
        {
            (Says.Adapter, _) => Run,
            (_, Says.Adapter) => Own,
            _ when exact => Exact,
            _ when wildcard => Wildcard,
            _ when standard => Default,
            _ => "base",
        };
        (await flora.AskAsync(function, Arguments())).ShouldBe($"{expected}|x");
        (await flora.StreamAsync(function, Arguments())).ShouldBe($"{expected}|x");

        KernelArguments Arguments() => Settings(run, Run) is { } settings ? new(settings) : [];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_prompts_settings_for_several_services_those_for_the_chosen_one_count(bool byKey)
    {
        using var flora = new EchoKernel(serviceId: "flora");
        PromptTemplateConfig config = PromptTemplateConfig.FromJson(
            """
            {
              "name": "complete", "template": "x",
              "execution_settings": { "other": { "top_p": 0.5 }, "flora": { "adapter_id": "lua-flora-r4" }, "default": { "adapter_id": "rs-flora-r4" } }
            }
            """);
        if (!byKey)
            config.ExecutionSettings.Remove("default");
        KernelFunction function = flora.Kernel.CreateFunctionFromPrompt(config);
        (await flora.AskAsync(function)).ShouldBe("lua-flora-r4|x");
        (await flora.AskAsync(function, Override())).ShouldBe("lua-flora-r4|x");
        (await flora.StreamAsync(function, Override())).ShouldBe("lua-flora-r4|x");

        KernelArguments Override()
        {
            var settings = new FloraPromptExecutionSettings { Temperature = 0.5 };
            return new() { ExecutionSettings = new Dictionary<string, PromptExecutionSettings> { [byKey ? "flora" : "default"] = settings } };
        }
    }

    [Fact]
    public async Task They_count_also_where_a_stranger_is_the_default()
    {
        using var flora = new EchoKernel(serviceId: "flora", before: services => services.AddSingleton<IChatCompletionService>(new Stranger()));
        KernelFunction function = flora.Kernel.CreateFunctionFromPrompt(PromptTemplateConfig.FromJson(
            """{ "name": "complete", "template": "x", "execution_settings": { "other": { "top_p": 0.5 }, "flora": { "adapter_id": "lua-flora-r4" } } }"""));
        (await flora.AskAsync(function, new(new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["temperature"] = 0.5 } }))).ShouldBe("lua-flora-r4|x");
    }

    [Fact]
    public async Task A_prompt_made_for_another_service_can_be_called_with_settings_for_this_one()
    {
        using var flora = new EchoKernel(serviceId: "flora");
        KernelFunction function = flora.Kernel.CreateFunctionFromPrompt(PromptTemplateConfig.FromJson(
            """{ "name": "complete", "template": "x", "execution_settings": { "openai": { "model_id": "gpt-4", "logit_bias": { "9": 1 } } } }"""));
        (await flora.AskAsync(function, new(new FloraPromptExecutionSettings { ServiceId = "flora", Seed = 1 }))).ShouldBe("base|x");
        (await flora.AskAsync(function, new(new FloraPromptExecutionSettings { ServiceId = "flora", AdapterId = Run }))).ShouldBe($"{Run}|x");
    }

    private static FloraPromptExecutionSettings? Settings(Says says, string adapter) => says switch
    {
        Says.Nothing => null,
        Says.NoAdapter => new() { Temperature = 0.5, Seed = 1 },
        _ => new() { AdapterId = adapter, Seed = 1 },
    };

    /// <summary>Somebody else's service, which must not be asked.</summary>
    private sealed class Stranger : IChatCompletionService
    {
        public IReadOnlyDictionary<string, object?> Attributes => new Dictionary<string, object?>();

        public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ChatMessageContent>>([new(AuthorRole.Assistant, "stranger")]);

        public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
