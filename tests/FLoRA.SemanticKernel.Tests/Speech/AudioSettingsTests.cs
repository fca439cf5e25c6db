using System.Text.Json;
using System.Text.Json.Serialization;
using FLoRA.Inference;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Settings of transcriptions: JSON names, copies, other types.</summary>
public class AudioSettingsTests
{
    private static FloraAudioToTextExecutionSettings Full => new()
    {
        ModelId = "m",
        ServiceId = "s",
        AdapterId = "cs-flora-r4",
        Language = "cs",
        AllowedLanguages = ["cs", "de"],
        Task = "translate",
        Prompt = "names",
        CarryPrompt = true,
        ConditionOnPreviousText = true,
        Timestamps = false,
        WordTimestamps = true,
        Batched = true,
        Temperature = 0.5,
        BestOf = 3,
        BeamSize = 4,
        Patience = 1.5,
        LengthPenalty = 0.6,
        CompressionRatioThreshold = 2,
        LogprobThreshold = -2,
        NoSpeechThreshold = 0.3,
        MaxTokens = 40,
        Seed = 7,
        ResponseFormat = "srt",
    };

    private static Dictionary<string, string> Json(PromptExecutionSettings settings) => JsonSerializer.SerializeToElement(settings, settings.GetType()).EnumerateObject()
        .Where(p => p.Name != "function_choice_behavior").ToDictionary(p => p.Name, p => p.Value.GetRawText());

    [Fact]
    public void Every_property_has_a_name_that_can_stand_in_a_dictionary_and_comes_back_from_one()
    {
        Dictionary<string, string> json = Json(Full);
        json.Keys.Except(["service_id", "model_id"]).ShouldAllBe(name => SpeechSettingTable.KnownKeys.Contains(name));
        typeof(FloraAudioToTextExecutionSettings).GetProperties().Where(p => p.DeclaringType == typeof(FloraAudioToTextExecutionSettings)).Count().ShouldBe(json.Count - 2);
        var loose = new PromptExecutionSettings
        {
            ModelId = "m",
            ServiceId = "s",
            ExtensionData = JsonSerializer.SerializeToElement(Full).EnumerateObject().Where(p => p.Name is not ("service_id" or "model_id" or "function_choice_behavior")).ToDictionary(p => p.Name, p => (object)p.Value),
        };
        Json(FloraAudioToTextExecutionSettings.FromExecutionSettings(loose)).ShouldBe(json, ignoreOrder: true);
        Json(JsonSerializer.Deserialize<FloraAudioToTextExecutionSettings>(JsonSerializer.Serialize(Full))!).ShouldBe(json, ignoreOrder: true);
    }

    [Fact]
    public void A_copy_is_whole_and_can_be_changed_when_the_original_is_frozen()
    {
        FloraAudioToTextExecutionSettings original = Full;
        original.Freeze();
        Should.Throw<InvalidOperationException>(() => original.Language = "de");
        FloraAudioToTextExecutionSettings copy = original.Clone().ShouldBeOfType<FloraAudioToTextExecutionSettings>();
        Json(copy).ShouldBe(Json(original), ignoreOrder: true);
        copy.Language = "de";
        original.Language.ShouldBe("cs");
    }

    [Fact]
    public void Own_settings_come_back_as_they_are_and_nothing_is_nothing()
    {
        FloraAudioToTextExecutionSettings own = Full;
        FloraAudioToTextExecutionSettings.FromExecutionSettings(own).ShouldBeSameAs(own);
        FloraAudioToTextExecutionSettings.FromExecutionSettings(null).Values.ShouldBe(new SpeechSettings());
    }

    [Fact]
    public void Settings_of_another_connector_are_read_by_their_names()
    {
        var foreign = new OtherAudioSettings { Language = "cs", Prompt = "names", Temperature = 0.2f, ResponseFormat = "verbose_json", TimestampGranularities = ["word", "segment"] };
        FloraAudioToTextExecutionSettings read = FloraAudioToTextExecutionSettings.FromExecutionSettings(foreign);
        (read.Language, read.Prompt, read.Temperature, read.ResponseFormat, read.WordTimestamps).ShouldBe(("cs", "names", 0.2, "text", true));
        foreign.ResponseFormat = "diarized_json";
        Should.Throw<InvalidRequestException>(() => FloraAudioToTextExecutionSettings.FromExecutionSettings(foreign)).Message.ShouldContain("diarized_json");
    }

    [Theory]
    [InlineData("langauge", "cs")]
    [InlineData("top_p", 0.5)]
    public void Unknown_settings_are_errors_by_name(string key, object value) =>
        Should.Throw<NotSupportedException>(() => FloraAudioToTextExecutionSettings.FromExecutionSettings(new() { ExtensionData = new Dictionary<string, object> { [key] = value } })).Message.ShouldContain($"'{key}'");

    [Theory]
    [InlineData("task", "summarize")]
    [InlineData("beam_size", "wide")]
    [InlineData("batched", "yes")]
    [InlineData("timestamp_granularities", "word")]
    [InlineData("response_format", 3)]
    public void Unreadable_values_are_errors_by_name(string key, object value) =>
        Should.Throw<InvalidRequestException>(() => FloraAudioToTextExecutionSettings.FromExecutionSettings(new() { ExtensionData = new Dictionary<string, object> { [key] = value } })).Message.ShouldContain($"'{key}'");

    [Fact]
    public void Whole_numbers_are_numbers_too()
    {
        foreach (object zero in new object[] { 0, 0L, "0", JsonDocument.Parse("0").RootElement, 0.0 })
            SettingValue.Number("temperature", zero).ShouldBe(0);
    }

    /// <summary>The JSON names of Semantic Kernel's OpenAI connector.</summary>
    private sealed class OtherAudioSettings : PromptExecutionSettings
    {
        [JsonPropertyName("filename")]
        public string Filename { get; set; } = "file.mp3";

        [JsonPropertyName("language")]
        public string? Language { get; set; }

        [JsonPropertyName("prompt")]
        public string? Prompt { get; set; }

        [JsonPropertyName("response_format")]
        public string? ResponseFormat { get; set; }

        [JsonPropertyName("temperature")]
        public float Temperature { get; set; }

        [JsonPropertyName("timestamp_granularities")]
        public IReadOnlyList<string>? TimestampGranularities { get; set; }
    }
}
