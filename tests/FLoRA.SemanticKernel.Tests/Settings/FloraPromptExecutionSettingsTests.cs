using System.Reflection;
using System.Text.Json;
using FLoRA.Inference;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

public class FloraPromptExecutionSettingsTests
{
    private static readonly PropertyInfo[] Properties =
        [.. typeof(FloraPromptExecutionSettings).GetProperties().Where(p => p.CanWrite && p.SetMethod!.IsPublic && p.Name != nameof(PromptExecutionSettings.ExtensionData))];

    private static FloraPromptExecutionSettings Full() => new()
    {
        ModelId = "tinycoder",
        ServiceId = "flora",
        FunctionChoiceBehavior = FunctionChoiceBehavior.None(),
        AdapterId = "lua",
        Temperature = 0.7,
        TopP = 0.9,
        TopK = 40,
        MinP = 0.05,
        RepetitionPenalty = 1.1,
        PresencePenalty = 0.2,
        FrequencyPenalty = 0.1,
        Seed = 5,
        MaxTokens = 12,
        StopSequences = ["a", "b"],
        StopTokens = [1, 2],
        LogitBias = new Dictionary<int, double> { [7] = -1 },
        IgnoreEos = true,
        Suffix = "end",
        InfillForm = "starcoder",
        TemplateName = "tool_use",
        TemplateVariables = new Dictionary<string, object?> { ["enable_thinking"] = false, ["tools"] = null },
        ChatSystemPrompt = "Be short.",
    };

    private static void ShouldEqual(PromptExecutionSettings actual, PromptExecutionSettings expected)
    {
        actual.ShouldBeOfType<FloraPromptExecutionSettings>();
        foreach (PropertyInfo property in Properties)
        {
            object? value = property.GetValue(expected);
            value.ShouldNotBeNull(property.Name);
            Comparable(property.GetValue(actual)).ShouldBeEquivalentTo(Comparable(value), property.Name);
        }
    }

    // Frozen lists are of another type.
    private static object? Comparable(object? value) => value is IDictionary<string, object?> variables ? JsonSerializer.Serialize(variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        : value is System.Collections.IEnumerable items and not string ? items.Cast<object>().ToList() : value;

    [Fact]
    public void Clone_keeps_every_property_and_shares_no_list()
    {
        FloraPromptExecutionSettings settings = Full();
        settings.Freeze();
        var clone = (FloraPromptExecutionSettings)settings.Clone();
        ShouldEqual(clone, Full());
        clone.IsFrozen.ShouldBeFalse();
        clone.StopSequences!.Add("c");
        clone.LogitBias!.Add(8, 1);
        ShouldEqual(settings, Full());
    }

    [Fact]
    public void Frozen_settings_refuse_every_change()
    {
        FloraPromptExecutionSettings settings = Full();
        settings.Freeze();
        settings.Freeze();
        foreach (PropertyInfo property in Properties)
        {
            Should.Throw<TargetInvocationException>(() => property.SetValue(settings, property.GetValue(Full())), property.Name)
                .InnerException.ShouldBeOfType<InvalidOperationException>();
        }

        Should.Throw<NotSupportedException>(() => settings.StopSequences!.Add("c"));
        Should.Throw<NotSupportedException>(() => settings.StopTokens!.Add(3));
        Should.Throw<NotSupportedException>(() => settings.LogitBias!.Add(3, 1));
        Should.Throw<NotSupportedException>(() => settings.TemplateVariables!.Add("x", 1));
    }

    [Fact]
    public void The_kernels_functions_keep_the_type()
    {
        KernelFunction function = KernelFunctionFactory.CreateFromPrompt("x", Full());
        ShouldEqual(function.ExecutionSettings!["flora"], Full());
    }

    [Fact]
    public void FromExecutionSettings_gives_its_own_type_back_as_it_is()
    {
        FloraPromptExecutionSettings settings = Full();
        FloraPromptExecutionSettings.FromExecutionSettings(settings).ShouldBeSameAs(settings);
        FloraPromptExecutionSettings.FromExecutionSettings(null).AdapterId.ShouldBeNull();
    }

    [Fact]
    public void FromExecutionSettings_reads_what_JSON_says()
    {
        string json = JsonSerializer.Serialize(Full(), Full().GetType());
        PromptExecutionSettings general = JsonSerializer.Deserialize<PromptExecutionSettings>(json)!;
        general.FunctionChoiceBehavior = Full().FunctionChoiceBehavior;
        general.ServiceId = "flora";
        int before = general.ExtensionData!.Count;
        ShouldEqual(FloraPromptExecutionSettings.FromExecutionSettings(general), Full());
        general.ExtensionData.Count.ShouldBe(before);
    }

    [Fact]
    public void Written_as_JSON_and_read_again_every_property_is_the_same()
    {
        string json = JsonSerializer.Serialize(Full());
        FloraPromptExecutionSettings read = JsonSerializer.Deserialize<FloraPromptExecutionSettings>(json)!;
        read.FunctionChoiceBehavior = Full().FunctionChoiceBehavior; // Read back as an object that does not compare.
        ShouldEqual(read, Full());
        JsonSerializer.Serialize(read).ShouldBe(json);
        JsonSerializer.Serialize(new FloraPromptExecutionSettings()).ShouldNotContain("adapter_id");
    }

    [Fact]
    public void FromExecutionSettings_adds_entries_to_typed_properties()
    {
        var settings = new FloraPromptExecutionSettings { AdapterId = "lua", ExtensionData = new Dictionary<string, object> { ["min_p"] = 0.1 } };
        FloraPromptExecutionSettings read = FloraPromptExecutionSettings.FromExecutionSettings(settings);
        read.AdapterId.ShouldBe("lua");
        read.MinP.ShouldBe(0.1);
        settings.MinP.ShouldBeNull();
        settings.ExtensionData["adapter_id"] = "rs";
        Should.Throw<InvalidRequestException>(() => FloraPromptExecutionSettings.FromExecutionSettings(settings)).Message.ShouldContain("'adapter_id'");
    }

    [Theory]
    [InlineData("""{"temperature": "hot"}""", "'temperature'", "'hot'")]
    [InlineData("""{"max_tokens": 1.5}""", "'max_tokens'", "1.5")]
    [InlineData("""{"max_tokens": 4294967296}""", "'max_tokens'", "4294967296")]
    [InlineData("""{"adapter_id": 3}""", "'adapter_id'", "3")]
    [InlineData("""{"stop_sequences": "\n"}""", "'stop_sequences'", "list")]
    [InlineData("""{"stop_tokens": ["x"]}""", "'stop_tokens'", "'x'")]
    [InlineData("""{"logit_bias": [1]}""", "'logit_bias'", "[1]")]
    [InlineData("""{"logit_bias": {"x": 1}}""", "'logit_bias'", "'x'")]
    [InlineData("""{"ignore_eos": 1}""", "'ignore_eos'", "1")]
    public void A_value_of_the_wrong_kind_names_setting_and_value(string json, string setting, string got)
    {
        PromptExecutionSettings settings = JsonSerializer.Deserialize<PromptExecutionSettings>(json)!;
        InvalidRequestException error = Should.Throw<InvalidRequestException>(() => FloraPromptExecutionSettings.FromExecutionSettings(settings));
        error.Message.ShouldContain(setting);
        error.Message.ShouldContain(got);
    }

    [Theory]
    [InlineData("""{"adapter": "lua"}""", "'adapter'")]
    [InlineData("""{"response_format": "json_object"}""", "'response_format'")]
    [InlineData("""{"logprobs": true}""", "'logprobs'")]
    [InlineData("""{"results_per_prompt": 2}""", "'results_per_prompt'")]
    public void A_key_that_is_not_supported_is_named(string json, string key)
    {
        PromptExecutionSettings settings = JsonSerializer.Deserialize<PromptExecutionSettings>(json)!;
        Should.Throw<NotSupportedException>(() => FloraPromptExecutionSettings.FromExecutionSettings(settings)).Message.ShouldContain(key);
    }

    [Theory]
    [InlineData("""{"response_format": "text", "reasoning_effort": "low", "user": "u", "results_per_prompt": 1, "logprobs": false, "top_p": null, "unknown": null}""")]
    public void Keys_that_change_nothing_are_harmless(string json)
    {
        PromptExecutionSettings settings = JsonSerializer.Deserialize<PromptExecutionSettings>(json)!;
        FloraPromptExecutionSettings.FromExecutionSettings(settings).TopP.ShouldBeNull();
    }

    [Fact]
    public async Task Function_choice_is_refused_by_name()
    {
        using var flora = new EchoKernel();
        KernelFunction function = KernelFunctionFactory.CreateFromPrompt("x", new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() });
        (await Should.ThrowAsync<NotSupportedException>(() => flora.AskAsync(function))).Message.ShouldContain("FunctionChoiceBehavior");
    }
}
