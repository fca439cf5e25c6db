using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.AudioToText;
using TextContent = Microsoft.SemanticKernel.TextContent;
using TranscriptionOptions = FLoRA.Inference.Speech.Transcription.TranscriptionOptions;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of docs/speech.md, as they stand there, with the repository's root as the current folder.</summary>
internal static class SpeechPage
{
    internal static float[] Features()
    {
        AudioClip clip = new AudioReader().ReadFile("tests/data/audio/sweep-44k1-stereo-s24.wav");
        foreach (string warning in clip.Warnings)          // truncated data and the like: tolerated, not hidden
            Console.Error.WriteLine(warning);
        float[] features = new LogMel(80).Compute(clip.Samples.Span, frameCount: 3000);      // [80, 3000], row-major
        return features;
    }

    internal static async Task TranscribeAsync(string subtitles)
    {
        using Engine engine = Engine.Load(new EngineOptions { Model = "models/tinywhisper/model", AdapterFolders = ["models/tinywhisper/adapters"] });
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, "models/tinywhisper/model");
        AudioClip clip = new AudioReader().ReadFile("models/tinywhisper/audio/cs/00.wav");

        TranscriptStream stream = transcriber.Start(clip, new TranscriptionOptions { Adapter = "cs-flora-r4", Language = "cs" });
        await foreach (TranscriptSegment segment in stream)                 // each as soon as its window is decided
            Console.Write(TranscriptText.ToLine(segment, withTimes: true));     // [00:00.000 --> 00:01.400] nula plus deset je deset

        AudioClip talk = new AudioReader().ReadFile("tests/data/longform/audio/en-talk-a.wav");
        Transcript transcript = await transcriber.Start(talk, new TranscriptionOptions { Language = "en", Batched = true, WordTimestamps = true }).ReadToEndAsync();
        await File.WriteAllTextAsync(subtitles, Subtitles.ToSrt(transcript));
    }

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
