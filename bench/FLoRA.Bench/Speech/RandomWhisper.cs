using System.Text.Json.Nodes;

namespace FLoRA.Bench.Speech;

/// <summary>A published size of Whisper.</summary>
internal sealed record WhisperShape(string Name, int Width, int Heads, int EncoderLayers, int DecoderLayers, int MelBins, int Vocabulary)
{
    public static IReadOnlyList<WhisperShape> All { get; } =
    [
        new("tiny", 384, 6, 4, 4, 80, 51865), new("base", 512, 8, 6, 6, 80, 51865), new("small", 768, 12, 12, 12, 80, 51865),
        new("large-v3-turbo", 1280, 20, 32, 4, 128, 51866), new("large-v3", 1280, 20, 32, 32, 128, 51866),
    ];
}

/// <summary>A folder with the configuration of a published size, for an engine that makes random weights; deleted when disposed.</summary>
internal sealed class RandomWhisper : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flora-whisper-");

    public RandomWhisper(WhisperShape shape)
    {
        var config = new JsonObject
        {
            ["model_type"] = "whisper",
            ["architectures"] = new JsonArray("WhisperForConditionalGeneration"),
            ["is_encoder_decoder"] = true,
            ["d_model"] = shape.Width,
            ["encoder_attention_heads"] = shape.Heads,
            ["decoder_attention_heads"] = shape.Heads,
            ["encoder_ffn_dim"] = 4 * shape.Width,
            ["decoder_ffn_dim"] = 4 * shape.Width,
            ["encoder_layers"] = shape.EncoderLayers,
            ["decoder_layers"] = shape.DecoderLayers,
            ["num_mel_bins"] = shape.MelBins,
            ["max_source_positions"] = 1500,
            ["max_target_positions"] = 448,
            ["vocab_size"] = shape.Vocabulary,
            ["eos_token_id"] = 50257,
        };
        File.WriteAllText(Path.Combine(Folder, "config.json"), config.ToJsonString());
    }

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
