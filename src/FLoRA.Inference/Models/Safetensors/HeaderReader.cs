using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace FLoRA.Inference.Models.Safetensors;

/// <summary>
/// Reads the JSON header: name -> {"dtype", "shape", "data_offsets": [begin, end]}, and the optional string map <c>__metadata__</c>.
/// Format: huggingface/safetensors README. The text is hostile: everything unexpected is a <see cref="SafetensorsException"/>.
/// </summary>
internal static class HeaderReader
{
    private const string MetadataKey = "__metadata__";

    /// <summary>Tensors in header order; the offsets are those of the file, not yet compared with one another.</summary>
    /// <param name="header">Header bytes.</param>
    /// <param name="dataStart">Offset of the first data byte in the file.</param>
    /// <param name="dataLength">Bytes of tensor data in the file.</param>
    public static IReadOnlyList<TensorEntry> Read(ReadOnlySpan<byte> header, long dataStart, long dataLength)
    {
        if (header.IsEmpty || header[0] != (byte)'{')
            throw new SafetensorsException("the header is not a JSON object: it must begin with '{'");
        if (!Utf8.IsValid(header))
            throw new SafetensorsException("the header is not valid UTF-8");
        try
        {
            return ReadTensors(header, dataStart, dataLength);
        }
        catch (JsonException e)
        {
            throw new SafetensorsException($"the header is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader.GetString on an escaped half of a surrogate pair.
            throw new SafetensorsException($"the header has a string that is not valid Unicode: {e.Message}", e);
        }
    }

    private static List<TensorEntry> ReadTensors(ReadOnlySpan<byte> header, long dataStart, long dataLength)
    {
        var reader = new Utf8JsonReader(header);
        reader.Read();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<TensorEntry>();
        while (NextProperty(ref reader) is { } name)
        {
            if (!names.Add(name))
                throw new SafetensorsException($"the header has the key '{name}' twice");
            if (name == MetadataKey)
                ReadMetadata(ref reader);
            else
                entries.Add(ReadTensor(ref reader, name, dataStart, dataLength));
        }

        // Anything but white space behind the object makes this call throw.
        reader.Read();
        return entries;
    }

    private static void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataKey, "a JSON object of strings");
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref reader) is { } key)
        {
            if (!keys.Add(key))
                throw new SafetensorsException($"{MetadataKey} has the key '{key}' twice");
            Expect(ref reader, JsonTokenType.String, MetadataKey, $"a string for the key '{key}'");
        }
    }

    private static TensorEntry ReadTensor(ref Utf8JsonReader reader, string name, long dataStart, long dataLength)
    {
        var label = $"tensor '{name}'";
        SafetensorsDType? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, label, "a JSON object with dtype, shape and data_offsets");
        while (NextProperty(ref reader) is { } field)
        {
            if (field switch { "dtype" => dtype is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false })
                throw new SafetensorsException($"{label}: '{field}' is given twice");
            switch (field)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, label, "a string for dtype");
                    if (!SafetensorsDTypes.TryParse(reader.GetString()!, out var parsed))
                        throw new SafetensorsException($"{label}: unknown dtype '{reader.GetString()}'");
                    dtype = parsed;
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader, label, field);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, label, field);
                    break;
                default:
                    throw new SafetensorsException($"{label}: unknown field '{field}'; expected dtype, shape and data_offsets");
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            var missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw new SafetensorsException($"{label}: {missing} is missing");
        }

        return HeaderChecks.Entry(name, dtype.Value, shape, offsets, dataStart, dataLength);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string label, string field)
    {
        var expected = $"an array of non-negative integers for {field}";
        Expect(ref reader, JsonTokenType.StartArray, label, expected);
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw new SafetensorsException($"{label}: expected {expected}, got {TokenText(ref reader)}");
            numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>Steps to the next property of the object and returns its name; null at the object's end.</summary>
    private static string? NextProperty(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token, string label, string expected)
    {
        reader.Read();
        if (reader.TokenType != token)
            throw new SafetensorsException($"{label}: expected {expected}, got {TokenText(ref reader)}");
    }

    private static string TokenText(ref Utf8JsonReader reader)
    {
        const int longest = 40;
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String))
            return reader.TokenType.ToString();
        var text = System.Text.Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        return text.Length <= longest ? $"'{text}'" : $"'{text[..longest]}...'";
    }
}
