using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using FLoRA.Inference.Models;
using FLoRA.Inference.Models.Weights;

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

/// <summary>A model folder of a published size with random weights in float16; deleted when disposed.</summary>
internal sealed class RandomWhisper : IDisposable
{
    private const int BlockValues = 1 << 20;

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
        WriteWeights(Path.Combine(Folder, "model.safetensors"), ExpectedTensors.Of(ModelConfigReader.Read(Folder)));
    }

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Uniform numbers whose products keep their size from layer to layer; one block of them over and over.</summary>
    private static void WriteWeights(string path, IReadOnlyDictionary<string, long[]> shapes)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach ((string name, long[] shape) in shapes)
        {
            long end = offset + (2 * shape.Aggregate(1L, (product, size) => product * size));
            header[name] = new JsonObject { ["dtype"] = "F16", ["shape"] = new JsonArray([.. shape.Select(s => (JsonNode)s)]), ["data_offsets"] = new JsonArray(offset, end) };
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using FileStream file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var random = new Random(1);
        var block = new Half[BlockValues];
        for (int i = 0; i < block.Length; i++)
            block[i] = (Half)((random.NextDouble() - 0.5) * 0.05);
        for (long left = offset / 2; left > 0; left -= BlockValues)
            file.Write(MemoryMarshal.AsBytes(block.AsSpan(0, (int)Math.Min(left, BlockValues))));
    }
}
