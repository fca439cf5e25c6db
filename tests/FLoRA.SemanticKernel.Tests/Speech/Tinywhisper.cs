using System.Collections.Concurrent;
using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Speech.Audio;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>One line of files.json: what the reference hears in a recording, alone.</summary>
public sealed record GoldenRecording(string Audio, string Language, string? Adapter, string Text, int Tokens)
{
    internal string Path => System.IO.Path.Combine(Tinywhisper.Folder, "audio", Audio);

    internal byte[] Bytes => File.ReadAllBytes(Path);
}

/// <summary>A container of one's own with the real engine on the embedded speech model, and a trace of its steps.</summary>
public sealed class Tinywhisper : IDisposable
{
    private readonly ConcurrentQueue<StepTrace> _trace = new();
    private readonly ServiceProvider _services;

    public Tinywhisper()
        : this(null)
    {
    }

    /// <param name="configure">Options beside model and adapters.</param>
    /// <param name="add">Other services, before the engine's.</param>
    /// <param name="serviceId">Key of the engine's services.</param>
    internal Tinywhisper(Action<FloraSpeechOptions>? configure, Action<IServiceCollection>? add = null, string? serviceId = null)
    {
        var services = new ServiceCollection();
        add?.Invoke(services);
        services.AddKernel();
        services.AddFloraSpeech(options => Configure(options, configure), serviceId);
        _services = services.BuildServiceProvider();
    }

    internal static string Folder => System.IO.Path.Combine(TestModel.Root, "models", "tinywhisper");

    internal static string Model => System.IO.Path.Combine(Folder, "model");

    internal static string Adapters => System.IO.Path.Combine(Folder, "adapters");

    /// <summary>
    /// What the reference hears where the model is sure of itself: taught languages with their adapter, English and Spanish without. The reference pads a window with silence,
    /// transcriptions of whole recordings pad its features with zeros, as openai/whisper does; elsewhere (Lithuanian) that makes another text of some recordings.
    /// </summary>
    internal static IReadOnlyList<GoldenRecording> Golden { get; } = [.. Read().Where(golden => (golden.Adapter is not null && golden.Language != "lt") || golden.Language is "en" or "es")];

    internal IServiceProvider Services => _services;

    internal Kernel Kernel => _services.GetRequiredService<Kernel>();

    internal ISpeechToTextClient Client => _services.GetRequiredService<ISpeechToTextClient>();

    internal Engine Engine => Client.GetService<Engine>()!;

    /// <summary>The first recording of a language with its adapter.</summary>
    internal static GoldenRecording Of(string language) => Golden.First(g => g.Language == language);

    /// <summary>Options under which the reference heard it.</summary>
    internal static SpeechToTextOptions Options(GoldenRecording golden) => new()
    {
        SpeechLanguage = golden.Language,
        AdditionalProperties = new() { [FloraKeys.AdapterId] = golden.Adapter, [FloraKeys.Timestamps] = false, ["temperature"] = 0, ["max_tokens"] = 96 },
    };

    /// <summary>The same for Semantic Kernel.</summary>
    internal static FloraAudioToTextExecutionSettings Settings(GoldenRecording golden) =>
        new() { Language = golden.Language, AdapterId = golden.Adapter, Timestamps = false, Temperature = 0, MaxTokens = 96 };

    internal static void Configure(FloraSpeechOptions options)
    {
        options.Model = Model;
        options.AdapterFolders.Add(Adapters);
        options.Device = "cpu";
        options.KvTokens = 16384;
    }

    /// <summary>A WAV file of several recordings, one after the other.</summary>
    internal static byte[] Join(params IEnumerable<GoldenRecording> recordings) => Join(TimeSpan.Zero, recordings);

    /// <summary>The same with silence behind each.</summary>
    internal static byte[] Join(TimeSpan silence, IEnumerable<GoldenRecording> recordings)
    {
        float[] pause = new float[(int)(silence.TotalSeconds * AudioClip.SampleRate)];
        float[] samples = [.. recordings.SelectMany(golden => new AudioReader().ReadFile(golden.Path).Samples.ToArray().Concat(pause))];
        using var wav = new MemoryStream();
        using var writer = new BinaryWriter(wav);
        writer.Write("RIFF"u8);
        writer.Write(36 + (2 * samples.Length));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(AudioClip.SampleRate);
        writer.Write(2 * AudioClip.SampleRate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples.Length);
        foreach (float sample in samples)
            writer.Write((short)Math.Clamp(Math.Round(sample * short.MaxValue), short.MinValue, short.MaxValue));
        return wav.ToArray();
    }

    /// <summary>Nothing is taken of the engine any more.</summary>
    internal async Task ShouldBeFreeAsync()
    {
        EngineOccupancy left = await Engine.ReadOccupancyAsync();
        (left.RunningSequences, left.WaitingSequences, left.FreeBlocks, left.AdapterPins).ShouldBe((0, 0, left.TotalBlocks, 0));
    }

    /// <summary>Every step so far; the engine thread has written each of them.</summary>
    internal async Task<IReadOnlyList<StepTrace>> StepsAsync()
    {
        await Engine.ReadCountersAsync();
        return [.. _trace];
    }

    public void Dispose() => _services.Dispose();

    private void Configure(FloraSpeechOptions options, Action<FloraSpeechOptions>? configure)
    {
        Configure(options);
        configure?.Invoke(options);
        Action<StepTrace>? more = options.Trace;
        options.Trace = step =>
        {
            _trace.Enqueue(step);
            more?.Invoke(step);
        };
    }

    private static GoldenRecording[] Read()
    {
        using JsonDocument files = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(Folder, "files.json")));
        return [.. files.RootElement.GetProperty("files").EnumerateArray().Select(file => new GoldenRecording(
            file.GetProperty("audio").GetString()!,
            file.GetProperty("language").GetString()!,
            file.GetProperty("adapter").GetString(),
            file.GetProperty("text").GetString()!.Trim(),
            file.GetProperty("tokens").GetArrayLength()))];
    }
}
