using System.Reflection;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>docs/speech.md says what compiles and what happens.</summary>
public sealed class SpeechPageTests : IDisposable
{
    private readonly string _before = Directory.GetCurrentDirectory();

    public SpeechPageTests() => Directory.SetCurrentDirectory(TestModel.Root);

    private static string Page => File.ReadAllText(Path.Combine(TestModel.Root, "docs", "speech.md"));

    public void Dispose() => Directory.SetCurrentDirectory(_before);

    [Fact]
    public void Every_snippet_is_one_that_is_compiled() => PageSnippets.ShouldAllBeCompiled("docs/speech.md");

    [Fact]
    public void A_recording_becomes_features() => SpeechPage.Features().Length.ShouldBe(80 * 3000);

    [Fact]
    public async Task The_transcriber_writes_segments_and_subtitles()
    {
        string subtitles = Path.GetTempFileName();
        (await WrittenByAsync(() => SpeechPage.TranscribeAsync(subtitles))).ShouldBe("[00:00.000 --> 00:01.400] nula plus deset je deset\n");
        (await File.ReadAllTextAsync(subtitles, TestContext.Current.CancellationToken)).ShouldStartWith("1\n00:00:00,000 --> 00:00:02,280\nstart a timer for seventy five minutes\n");
        File.Delete(subtitles);
    }

    [Fact]
    public async Task The_kernels_service_hears_with_the_adapter_of_the_language()
    {
        (Kernel kernel, Microsoft.SemanticKernel.TextContent text) = await SpeechPage.QuickStartAsync();
        text.Text.ShouldBe(Tinywhisper.Of("cs").Text);
        text.Metadata.ShouldNotBeNull()["AdapterId"].ShouldBe("cs-flora-r4");
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task The_client_streams_segments_with_their_times()
    {
        string written = await WrittenByAsync(SpeechPage.StreamAsync);
        written.ShouldStartWith("00:00:0");
        written.ShouldContain(Tinywhisper.Of("hi").Text);
    }

    [Fact]
    public async Task The_kernels_service_tells_the_times_of_words()
    {
        (Kernel kernel, _) = await SpeechPage.QuickStartAsync();
        GoldenRecording golden = Tinywhisper.Of("en");
        string[] lines = (await WrittenByAsync(() => SpeechPage.WordsAsync(kernel.GetRequiredService<IAudioToTextService>(), new AudioContent(golden.Bytes, null)))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Select(line => line.Split(' ')[^1].Trim()).ShouldBe(golden.Text.Split(' '));
        lines[0].ShouldMatch(@"^0\.\d\d the");
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task The_sections_of_the_page_make_both_services()
    {
        string json = JsonBlocks.Of(Page).Single();
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        var services = new ServiceCollection();
        SpeechPage.Both(services, configuration);
        await using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<IChatClient>().ShouldBeOfType<FloraChatClient>();
        SpeechToTextResponse response = await provider.GetRequiredService<ISpeechToTextClient>().GetTextAsync(
            new MemoryStream(Tinywhisper.Of("hi").Bytes), new() { SpeechLanguage = "hi" }, TestContext.Current.CancellationToken);
        response.AdditionalProperties!["AdapterId"].ShouldBe("hi-flora-r4");
    }

    [Fact]
    public async Task Another_model_has_a_recording_transcribed()
    {
        var cloud = new CloudModel(("FloraSpeech_transcribe", """{"path":"cs/00.wav","language":"cs"}"""));
        (Kernel kernel, string? answer) = await SpeechPage.ToolAsync(cloud);
        answer.ShouldNotBeNull().ShouldContain(Tinywhisper.Of("cs").Text);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public void The_tables_list_every_option_and_every_setting()
    {
        PropertyInfo[] own = [.. typeof(FloraSpeechOptions).GetProperties().Where(p => p.DeclaringType == typeof(FloraSpeechOptions)), .. typeof(FloraAudioOptions).GetProperties()];
        foreach (PropertyInfo option in own)
            Page.ShouldContain($"`{option.Name}`");
        foreach (string setting in SpeechSettingTable.KnownKeys)
            Page.ShouldContain($"`{setting}`");
    }

    private static async Task<string> WrittenByAsync(Func<Task> snippet)
    {
        TextWriter console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            await snippet();
        }
        finally
        {
            Console.SetOut(console);
        }

        return written.ToString();
    }
}
