using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Output;
using FLoRA.TestData;

namespace FLoRA.Parity.Tests;

/// <summary>What eight bits cost the embedded speech model: every recording on the base and under every adapter of its language, in words.</summary>
public class Int8SpeechTests
{
    /// <summary>Points of word error rate over all of them together.</summary>
    private const double Tolerance = 0.5;

    private static readonly string Folder = RepositoryData.TinyWhisper;

    [Fact]
    public async Task Words_are_as_good_as_in_float32()
    {
        double full = await WordErrorRateAsync("float32"), eightBit = await WordErrorRateAsync("int8");
        Assert.True(Math.Abs(full - eightBit) <= Tolerance, $"word error rate {eightBit:0.00} %, in float32 {full:0.00} %");
    }

    private static async Task<double> WordErrorRateAsync(string type)
    {
        using Engine engine = Engine.Load(new EngineOptions { Model = Path.Combine(Folder, "model"), AdapterFolders = [Path.Combine(Folder, "adapters")], Device = "cpu", Threads = 2, DType = type });
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(Folder, "model"));
        JsonElement files = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "files.json"), TestContext.Current.CancellationToken)).RootElement.GetProperty("files");
        ErrorRate[] rates = await Task.WhenAll(files.EnumerateArray()
            .Where(file => file.GetProperty("adapter").ValueKind == JsonValueKind.Null)
            .SelectMany(file => Adapters(engine, file.GetProperty("language").GetString()!).Select(adapter => MeasureAsync(transcriber, file, adapter))));
        Assert.True(rates.Length > 150, $"{rates.Length} transcripts");
        return 100.0 * rates.Sum(r => r.Edits) / rates.Sum(r => r.Length);
    }

    private static IEnumerable<string?> Adapters(Engine engine, string language) => [null, .. engine.Adapters.Select(a => a.Name).Where(name => name.StartsWith($"{language}-", StringComparison.Ordinal))];

    private static async Task<ErrorRate> MeasureAsync(SpeechTranscriber transcriber, JsonElement file, string? adapter)
    {
        AudioClip clip = new AudioReader().ReadFile(Path.Combine(Folder, "audio", file.GetProperty("audio").GetString()!));
        Transcript transcript = await transcriber.Start(clip, new TranscriptionOptions
        {
            Adapter = adapter,
            PromptTokens = [.. file.GetProperty("prompt_tokens").EnumerateArray().Select(t => t.GetInt32())],
            Timestamps = false,
            MaxNewTokens = 96,
            Temperature = 0,
        }).ReadToEndAsync(TestContext.Current.CancellationToken);
        return ErrorRate.OfWords(file.GetProperty("reference").GetString()!, transcript.Text);
    }
}
