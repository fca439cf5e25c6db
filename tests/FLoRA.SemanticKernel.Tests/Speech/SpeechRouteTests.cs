using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Every way to an adapter, on the real engine, and what wins.</summary>
public class SpeechRouteTests
{
    private const string Czech = "cs-flora-r4", Hindi = "hi-flora-r4", Lora = "cs-lora-r4", Ia3 = "cs-ia3";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<SpeechToTextResponse> HearAsync(Tinywhisper model, string language = "cs", SpeechToTextOptions? options = null) =>
        await model.Client.GetTextAsync(new MemoryStream(Tinywhisper.Of(language).Bytes), options, Cancel);

    private static object? AdapterOf(SpeechToTextResponse response) => response.AdditionalProperties.ShouldNotBeNull()[FloraKeys.ResultAdapterId];

    private static KernelFunction Transcribing(Kernel kernel, string plugin, string name, PromptExecutionSettings? settings = null)
    {
        KernelFunction function = KernelFunctionFactory.CreateFromMethod(
            async () =>
            {
                await Task.Yield();
                IAudioToTextService service = kernel.GetRequiredService<IAudioToTextService>();
                TextContent text = await service.GetTextContentAsync(new AudioContent(Tinywhisper.Of("cs").Bytes, null), settings, cancellationToken: Cancel);
                return (string?)text.Metadata!["AdapterId"] ?? "base";
            },
            name);
        return KernelPluginFactory.CreateFromFunctions(plugin, [function])[name];
    }

    [Fact]
    public async Task The_options_name_it_by_its_key_or_as_the_model()
    {
        using var model = new Tinywhisper();
        AdapterOf(await HearAsync(model, options: new() { SpeechLanguage = "cs", AdditionalProperties = new() { ["adapter_id"] = Czech } })).ShouldBe(Czech);
        AdapterOf(await HearAsync(model, options: new() { SpeechLanguage = "cs", ModelId = Czech })).ShouldBe(Czech);
        AdapterOf(await HearAsync(model, options: new() { SpeechLanguage = "cs", ModelId = "tinywhisper" })).ShouldBeNull();
        AdapterOf(await HearAsync(model)).ShouldBeNull();
    }

    [Theory]
    [InlineData("Desk", "exact", Lora)]
    [InlineData("Desk", "other", Ia3)]
    [InlineData("Else", "exact", Hindi)]
    public async Task A_call_within_a_kernel_function_has_the_functions_adapter(string plugin, string name, string expected)
    {
        using var model = new Tinywhisper(o => (o.FunctionAdapters["Desk.exact"], o.FunctionAdapters["desk.*"], o.DefaultAdapter) = (Lora, Ia3, Hindi));
        Kernel kernel = model.Kernel;
        (await kernel.InvokeAsync<string>(Transcribing(kernel, plugin, name), cancellationToken: Cancel)).ShouldBe(expected);
        (await kernel.InvokeAsync<string>(Transcribing(kernel, plugin, name, new FloraAudioToTextExecutionSettings { AdapterId = Czech }), cancellationToken: Cancel)).ShouldBe(Czech);
        AdapterOf(await HearAsync(model)).ShouldBe(Hindi);
    }

    [Fact]
    public async Task Concurrent_functions_do_not_hear_each_others_names()
    {
        using var model = new Tinywhisper(o => (o.FunctionAdapters["A.f"], o.FunctionAdapters["B.f"]) = (Lora, Ia3));
        Kernel kernel = model.Kernel;
        string?[] adapters = await Task.WhenAll(new[] { "A", "B", "C", "A" }.Select(plugin => kernel.InvokeAsync<string>(Transcribing(kernel, plugin, "f"), cancellationToken: Cancel)));
        adapters.ShouldBe([Lora, Ia3, "base", Lora]);
    }

    [Theory]
    [InlineData("cs", Czech)]
    [InlineData("CS", Czech)]
    [InlineData("cs-CZ", Lora)]
    [InlineData("hi-IN", Hindi)]
    [InlineData("de", Ia3)]
    public async Task A_language_has_its_adapter_and_the_model_is_told_its_own_name_of_it(string language, string expected)
    {
        using var model = new Tinywhisper(o => (o.LanguageAdapters["cs"], o.LanguageAdapters["cs-CZ"], o.LanguageAdapters["hi"], o.DefaultAdapter) = (Czech, Lora, Hindi, Ia3));
        SpeechToTextResponse response = await HearAsync(model, options: new() { SpeechLanguage = language });
        AdapterOf(response).ShouldBe(expected);
        response.AdditionalProperties![FloraKeys.ResultLanguage].ShouldBe(language[..2].ToLowerInvariant());
        AdapterOf(await HearAsync(model, options: new() { SpeechLanguage = language, ModelId = Czech })).ShouldBe(Czech);
    }

    [Theory]
    [InlineData("en", null)]
    [InlineData("es", null)]
    [InlineData("hi", Hindi)]
    [InlineData("cs", Czech)]
    public async Task Without_a_language_the_one_that_the_base_model_hears_has_its_adapter(string language, string? expected)
    {
        using var model = new Tinywhisper(o => (o.LanguageAdapters["cs"], o.LanguageAdapters["hi"]) = (Czech, Hindi));
        foreach (string? asked in new[] { null, "auto" })
        {
            SpeechToTextResponse response = await HearAsync(model, language, new() { SpeechLanguage = asked, AdditionalProperties = new() { ["allowed_languages"] = new[] { "en", "es", "cs", "hi" } } });
            response.AdditionalProperties![FloraKeys.ResultLanguage].ShouldBe(language);
            AdapterOf(response).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task With_RequireAdapter_a_call_without_one_is_an_error_and_a_default_helps()
    {
        using var strict = new Tinywhisper(o => (o.RequireAdapter, o.LanguageAdapters["cs"]) = (true, Czech));
        AdapterOf(await HearAsync(strict, options: new() { SpeechLanguage = "cs" })).ShouldBe(Czech);
        InvalidRequestException error = await Should.ThrowAsync<InvalidRequestException>(() => HearAsync(strict, options: new() { SpeechLanguage = "de" }));
        error.Message.ShouldContain("RequireAdapter");
        error.Message.ShouldContain("LanguageAdapters");
        (await Should.ThrowAsync<InvalidRequestException>(() => HearAsync(strict, "en"))).Message.ShouldContain("RequireAdapter");
        await strict.ShouldBeFreeAsync();
    }

    [Fact]
    public async Task What_does_not_exist_is_named_before_anything_is_read_or_computed()
    {
        using var model = new Tinywhisper(o => o.FunctionAdapters["Desk.f"] = Lora);
        await HearAsync(model);
        int steps = (await model.StepsAsync()).Count;
        using var audio = new MemoryStream(Tinywhisper.Of("cs").Bytes);
        AdapterNotFoundException missing = await Should.ThrowAsync<AdapterNotFoundException>(() => model.Client.GetTextAsync(audio, new() { AdditionalProperties = new() { ["adapter_id"] = "sk" } }, Cancel));
        (missing.Adapter, missing.Known.Count).ShouldBe(("sk", 12));
        (await Should.ThrowAsync<InvalidRequestException>(() => model.Client.GetTextAsync(audio, new() { SpeechLanguage = "tlh" }, Cancel))).Message.ShouldContain("'tlh'");
        (await Should.ThrowAsync<InvalidRequestException>(() => model.Client.GetTextAsync(audio, new() { ModelId = "whisper-1" }, Cancel))).Message.ShouldContain("'whisper-1'");
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["adapter_id"] = "sk" } };
        AdapterNotFoundException inFunction = await Should.ThrowAsync<AdapterNotFoundException>(() => model.Kernel.InvokeAsync(Transcribing(model.Kernel, "Desk", "f", settings), cancellationToken: Cancel));
        inFunction.RequestedBy.ShouldBe("Desk.f");
        audio.Position.ShouldBe(0);
        (await model.StepsAsync()).Count.ShouldBe(steps);
    }

    [Fact]
    public async Task Two_names_for_one_adapter_are_an_error()
    {
        using var model = new Tinywhisper();
        var options = new SpeechToTextOptions { ModelId = Czech, AdditionalProperties = new() { ["adapter_id"] = Hindi } };
        (await Should.ThrowAsync<InvalidRequestException>(() => HearAsync(model, options: options))).Message.ShouldContain("Two adapters");
    }
}
