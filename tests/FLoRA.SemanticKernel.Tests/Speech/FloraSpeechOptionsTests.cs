using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What speech options have beside those of text, which <see cref="FloraOptionsTests"/> goes through.</summary>
public class FloraSpeechOptionsTests
{
    private static FloraSpeechOptions Read(string json)
    {
        var services = new ServiceCollection();
        services.AddFloraSpeech(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{"FloraSpeech": {{json}} }"""))).Build().GetSection("FloraSpeech"));
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<FloraSpeechOptions>>().Get("");
    }

    [Fact]
    public void A_section_has_the_same_names()
    {
        FloraSpeechOptions options = Read(
            $$"""
            {
              "Model": "{{Tinywhisper.Model}}", "AdapterFolders": [ "{{Tinywhisper.Adapters}}" ], "FunctionAdapters": { "Desk.*": "cs-ia3" }, "MaxRows": 128,
              "LanguageAdapters": { "cs": "cs-flora-r4" }, "TranscribeFolder": "{{Tinywhisper.Folder}}",
              "Audio": { "MaxDuration": "01:00:00", "MaxBytes": 5000000000, "UseFfmpeg": false, "FfmpegPath": "/opt/ffmpeg", "FfmpegTimeout": "00:00:30" },
              "Resilience": { "Retry": { "MaxAttempts": 5 } }
            }
            """);
        (options.Model, options.MaxRows, options.FunctionAdapters["Desk.*"], options.LanguageAdapters["cs"]).ShouldBe((Tinywhisper.Model, 128, "cs-ia3", "cs-flora-r4"));
        (options.TranscribeFolder, options.Resilience.Retry.MaxAttempts).ShouldBe((Tinywhisper.Folder, 5));
        (options.Audio.MaxDuration, options.Audio.MaxBytes, options.Audio.UseFfmpeg).ShouldBe((TimeSpan.FromHours(1), 5_000_000_000, false));
        (options.Audio.FfmpegPath, options.Audio.FfmpegTimeout).ShouldBe(("/opt/ffmpeg", TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Every_option_that_is_not_code_only_can_be_configured()
    {
        string[] text = [.. SectionReaders.Text.KnownKeys.Except([nameof(FloraOptions.InfillForm), nameof(FloraOptions.PrefixCache)])];
        string[] audio = [.. typeof(FloraAudioOptions).GetProperties().Select(p => $"Audio:{p.Name}")];
        SectionReaders.Speech.KnownKeys.Order().ShouldBe(text.Concat(audio).Append("LanguageAdapters").Append("TranscribeFolder").Order());
    }

    [Fact]
    public void Every_error_is_listed_in_one_message()
    {
        OptionsValidationException error = Should.Throw<OptionsValidationException>(() => new FloraSpeechToTextClient(new FloraSpeechOptions
        {
            Model = "no-model",
            MaxRows = 0,
            LanguageAdapters = { ["cs"] = "sk", ["auto"] = "sk", ["CS"] = "sk" },
            TranscribeFolder = "no-folder",
            Audio = { MaxDuration = TimeSpan.Zero, MaxBytes = 0, FfmpegTimeout = TimeSpan.FromDays(2) },
        }));
        string[] expected =
        [
            "'no-model'", "MaxRows", "LanguageAdapters:cs: given twice", "LanguageAdapters:cs: adapter 'sk'", "LanguageAdapters:auto: expected", "LanguageAdapters:auto: adapter 'sk'",
            "LanguageAdapters:CS: adapter 'sk'", "TranscribeFolder", "Audio:MaxDuration", "Audio:MaxBytes", "Audio:FfmpegTimeout",
        ];
        error.Failures.Count().ShouldBe(expected.Length);
        expected.ShouldAllBe(part => error.Message.Contains(part));
    }

    [Fact]
    public void Unknown_keys_and_unreadable_values_are_all_named()
    {
        OptionsValidationException error = Should.Throw<OptionsValidationException>(() => Read("""{ "ChatFormat": "x", "Audio": { "MaxSize": 1, "MaxBytes": "big" }, "LanguageAdapters": "cs" }"""));
        string[] expected = ["FloraSpeech:ChatFormat: unknown key", "FloraSpeech:Audio:MaxSize: unknown key; known keys: FfmpegPath", "FloraSpeech:Audio:MaxBytes", "FloraSpeech:LanguageAdapters: expected an object"];
        expected.ShouldAllBe(part => error.Message.Contains(part));
    }

    [Fact]
    public void What_is_changed_after_the_engine_was_asked_for_does_not_reach_it()
    {
        var options = new FloraSpeechOptions { Model = Tinywhisper.Model, AdapterFolders = [Tinywhisper.Adapters], LanguageAdapters = { ["cs"] = "cs-ia3" } };
        using var client = new FloraSpeechToTextClient(options);
        options.LanguageAdapters.Clear();
        options.Audio.MaxBytes = 1;
        FloraSpeechOptions taken = client.Pipeline.Runtime.Options;
        (taken.LanguageAdapters.Count, taken.Audio.MaxBytes).ShouldBe((1, 1L << 30));
    }

    [Fact]
    public async Task Models_of_the_wrong_kind_are_refused_by_name()
    {
        using var speech = new FloraSpeechToTextClient(new FloraSpeechOptions { Model = TestModel.Folder, Device = "cpu", KvTokens = 4096 });
        (await Should.ThrowAsync<Inference.ModelLoadException>(() => speech.GetTextAsync(new MemoryStream(Tinywhisper.Of("en").Bytes), null, TestContext.Current.CancellationToken))).Message.ShouldContain("AddFlora,");
        using var text = new FloraChatClient(new FloraOptions { Model = Tinywhisper.Model, Device = "cpu", KvTokens = 4096 });
        Microsoft.Extensions.AI.IChatClient chat = text;
        (await Should.ThrowAsync<Inference.ModelLoadException>(() => chat.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "x")], null, TestContext.Current.CancellationToken)))
            .Message.ShouldContain("AddFloraSpeech");
    }
}
