using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FLoRA.Parity.Tests.Random;

/// <summary>A tensor to be written; row-major.</summary>
internal sealed record NewTensor(string Name, int[] Shape, float[] Data);

/// <summary>Writes safetensors files in F32, F16 or BF16.</summary>
internal static class SafetensorsWriter
{
    public static void Write(string path, IReadOnlyList<NewTensor> tensors, string dtype)
    {
        int width = dtype == "F32" ? 4 : 2;
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long offset = 0;
        foreach (NewTensor tensor in tensors)
        {
            long end = offset + (tensor.Data.LongLength * width);
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = dtype,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(s => (JsonNode)s)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using FileStream file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        foreach (NewTensor tensor in tensors)
            file.Write(Bytes(tensor.Data, dtype));
    }

    /// <summary>A model's tensors in one file, or dealt over shards with an index.</summary>
    public static void WriteModel(string folder, IReadOnlyList<NewTensor> tensors, string dtype, int shards)
    {
        if (shards == 1)
        {
            Write(Path.Combine(folder, "model.safetensors"), tensors, dtype);
            return;
        }

        var map = new JsonObject();
        for (int s = 0; s < shards; s++)
        {
            string name = $"model-{s + 1:00000}-of-{shards:00000}.safetensors";
            NewTensor[] shard = [.. tensors.Where((_, i) => i % shards == s)];
            Write(Path.Combine(folder, name), shard, dtype);
            foreach (NewTensor tensor in shard)
                map[tensor.Name] = name;
        }

        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = tensors.Sum(t => t.Data.LongLength) * (dtype == "F32" ? 4 : 2) }, ["weight_map"] = map };
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString());
    }

    private static byte[] Bytes(float[] values, string dtype)
    {
        var bytes = new byte[values.Length * (dtype == "F32" ? 4 : 2)];
        for (int i = 0; i < values.Length; i++)
        {
            switch (dtype)
            {
                case "F32":
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
                    break;
                case "F16":
                    BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)values[i]);
                    break;
                default:
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
                    break;
            }
        }

        return bytes;
    }
}
