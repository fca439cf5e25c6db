using FLoRA.Inference.Speech.Transcription;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of docs/speech.md, as they stand there, with the repository's root as the current folder.</summary>
internal static class SpeechPage
{
    internal static async Task<(Kernel Kernel, TextContent Text)> QuickStartAsync()
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.AddFloraSpeech(speech =>
        {
            speech.Model = "models/tinywhisper/model";
            speech.AdapterFolders.Add("models/tinywhisper/adapters");
            speech.LanguageAdapters["cs"] = "cs-flora-r4";
        });
        Kernel kernel = builder.Build();

        IAudioToTextService service = kernel.GetRequiredService<IAudioToTextService>();
        var recording = new AudioContent(await File.ReadAllBytesAsync("models/tinywhisper/audio/cs/00.wav"), "audio/wav");
        TextContent text = await service.GetTextContentAsync(recording, new FloraAudioToTextExecutionSettings { Language = "cs" });
        return (kernel, text);
    }

    internal static async Task StreamAsync()
    {
        using var client = new FloraSpeechToTextClient(new FloraSpeechOptions
        {
            Model = "models/tinywhisper/model",
            AdapterFolders = ["models/tinywhisper/adapters"],
        });
        await using FileStream audio = File.OpenRead("models/tinywhisper/audio/hi/00.wav");
        var options = new SpeechToTextOptions { SpeechLanguage = "hi", AdditionalProperties = new() { [FloraKeys.AdapterId] = "hi-flora-r4" } };
        await foreach (SpeechToTextResponseUpdate update in client.GetStreamingTextAsync(audio, options))
            Console.WriteLine($"{update.StartTime} {update.Text}");
    }

    internal static async Task WordsAsync(IAudioToTextService service, AudioContent recording)
    {
        var settings = new FloraAudioToTextExecutionSettings { Language = "en", Batched = true, WordTimestamps = true };
        TextContent text = await service.GetTextContentAsync(recording, settings);
        foreach (TranscriptSegment segment in (IReadOnlyList<TranscriptSegment>)text.Metadata!["Segments"]!)
            foreach (TranscriptWord word in segment.Words)
                Console.WriteLine($"{word.StartSeconds:0.00} {word.Text}");
    }

    internal static void Both(IServiceCollection services, IConfiguration configuration)
    {
        services.AddFlora(configuration.GetSection("Flora"));
        services.AddFloraSpeech(configuration.GetSection("FloraSpeech"));
        services.AddKernel();
    }

    internal static async Task<(Kernel Kernel, string? Answer)> ToolAsync(IChatClient cloud)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(cloud.AsBuilder().UseKernelFunctionInvocation().Build());
        builder.AddFloraSpeech(speech =>
        {
            speech.Model = "models/tinywhisper/model";
            speech.AdapterFolders.Add("models/tinywhisper/adapters");
            speech.TranscribeFolder = "models/tinywhisper/audio";
        });
        builder.Plugins.AddFromType<FloraSpeechPlugin>("FloraSpeech");
        Kernel kernel = builder.Build();

        var settings = new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        string? answer = await kernel.InvokePromptAsync<string>("What does the caller in cs/00.wav want?", new(settings));
        return (kernel, answer);
    }
}
