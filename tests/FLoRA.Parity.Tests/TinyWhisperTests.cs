using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.TestData;

namespace FLoRA.Parity.Tests;

/// <summary>The embedded speech model: every recording of it, from the WAV file to ids and words, against what transformers made of them.</summary>
public class TinyWhisperTests
{
    private static readonly string Folder = Path.Combine(RepositoryData.Root, "models", "tinywhisper");

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file))).RootElement;

    private static Engine Load() => Engine.Load(new EngineOptions { Model = Path.Combine(Folder, "model"), AdapterFolders = [Path.Combine(Folder, "adapters")], Device = "cpu", Threads = 2 });

    private static int[] Ints(JsonElement element) => [.. element.EnumerateArray().Select(t => t.GetInt32())];

    [Fact]
    public async Task All_recordings_at_once_give_the_golden_ids_and_text()
    {
        using Engine engine = Load();
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(Folder, "model"));
        await Task.WhenAll(Read("files.json").GetProperty("files").EnumerateArray().Select(async file =>
        {
            AudioClip clip = new AudioReader().ReadFile(Path.Combine(Folder, "audio", file.GetProperty("audio").GetString()!));
            Transcript transcript = await transcriber.Start(clip, new TranscriptionOptions
            {
                Adapter = file.GetProperty("adapter").GetString(),
                PromptTokens = Ints(file.GetProperty("prompt_tokens")),
                Timestamps = false,
                MaxNewTokens = 96,
                Temperature = 0,
            }).ReadToEndAsync(TestContext.Current.CancellationToken);
            if (file.GetProperty("min_margin").GetDouble() < 1e-3)
                return;
            Assert.Equal(Ints(file.GetProperty("tokens")), transcript.Tokens);
            Assert.Equal(file.GetProperty("text").GetString()!.Trim(), transcript.Text.Trim());
        }));
        var left = await engine.ReadOccupancyAsync();
        Assert.Equal((0, 0, left.TotalBlocks, 0), (left.RunningSequences, left.WaitingSequences, left.FreeBlocks, left.AdapterPins));
    }

    [Fact]
    public async Task The_mixed_batch_gives_the_golden_ids()
    {
        using Engine engine = Load();
        SpeechTranscriber transcriber = SpeechTranscriber.Load(engine, Path.Combine(Folder, "model"));
        JsonElement mixed = Read("mixed.json");
        JsonElement requests = mixed.ValueKind == JsonValueKind.Array ? mixed : mixed.GetProperty("requests");
        await Task.WhenAll(requests.EnumerateArray().Select(async request =>
        {
            AudioClip clip = new AudioReader().ReadFile(Path.Combine(Folder, "audio", request.GetProperty("input").GetProperty("audio").GetString()!));
            Transcript transcript = await transcriber.Start(clip, new TranscriptionOptions
            {
                Adapter = request.GetProperty("adapter").GetString(),
                PromptTokens = Ints(request.GetProperty("tokens")),
                Rules = request.GetProperty("rules").GetString() == "default",
                Timestamps = request.GetProperty("timestamps").GetBoolean(),
                MaxNewTokens = request.GetProperty("max_new_tokens").GetInt32(),
                Temperature = 0,
            }).ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Equal(Ints(request.GetProperty("expected")), transcript.Tokens);
        }));
    }
}
