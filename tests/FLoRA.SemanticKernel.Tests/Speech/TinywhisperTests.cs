using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Both speech services over the real engine on the embedded model: every recording as the reference hears it, in shared batches.</summary>
public class TinywhisperTests(Tinywhisper tinywhisper) : IClassFixture<Tinywhisper>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string> HearAsync(GoldenRecording golden)
    {
        using var audio = new MemoryStream(golden.Bytes);
        SpeechToTextResponse response = await tinywhisper.Client.GetTextAsync(audio, Tinywhisper.Options(golden), Cancel);
        audio.CanRead.ShouldBeTrue();
        response.AdditionalProperties.ShouldNotBeNull()[FloraKeys.ResultAdapterId].ShouldBe(golden.Adapter);
        return response.Text;
    }

    [Fact]
    public async Task Concurrent_recordings_of_all_languages_and_adapters_are_heard_as_the_reference_does_and_share_batches()
    {
        int before = (await tinywhisper.StepsAsync()).Count;
        string[] texts = await Task.WhenAll(Tinywhisper.Golden.Select(HearAsync));
        texts.Select(text => text.Trim()).ShouldBe(Tinywhisper.Golden.Select(golden => golden.Text));
        StepTrace[] steps = [.. (await tinywhisper.StepsAsync()).Skip(before)];
        steps.Max(step => step.DecodeTokens).ShouldBeGreaterThan(16);
    }

    [Theory]
    [InlineData("cs")]
    [InlineData("hi")]
    [InlineData("en")]
    public async Task Through_the_kernels_service_the_same(string language)
    {
        GoldenRecording golden = Tinywhisper.Of(language);
        IAudioToTextService service = tinywhisper.Kernel.GetRequiredService<IAudioToTextService>();
        TextContent text = (await service.GetTextContentsAsync(new AudioContent(golden.Bytes, "audio/wav"), Tinywhisper.Settings(golden), tinywhisper.Kernel, Cancel)).ShouldHaveSingleItem();
        text.Text.ShouldBe(golden.Text);
        text.ModelId.ShouldBe("tinywhisper");
        IReadOnlyDictionary<string, object?> metadata = text.Metadata.ShouldNotBeNull();
        metadata[FloraKeys.FinishReason].ShouldBe("stop");
        metadata[FloraKeys.ResultAdapterId].ShouldBe(golden.Adapter);
        metadata[FloraKeys.ResultModelId].ShouldBe("tinywhisper");
        metadata[FloraKeys.ResultLanguage].ShouldBe(language);
        metadata[FloraKeys.Duration].ShouldBeOfType<TimeSpan>().TotalSeconds.ShouldBeInRange(1, 3);
        metadata[FloraKeys.Segments].ShouldBeAssignableTo<IReadOnlyList<TranscriptSegment>>().ShouldNotBeNull().ShouldHaveSingleItem().Text.Trim().ShouldBe(golden.Text);
        UsageDetails usage = metadata[FloraKeys.Usage].ShouldBeOfType<UsageDetails>();
        usage.OutputTokenCount.ShouldBe(golden.Tokens);
        usage.AdditionalCounts.ShouldNotBeNull()[FloraKeys.AudioMilliseconds].ShouldBeInRange(1000, 3000);
    }
}
