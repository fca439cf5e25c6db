using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>A JSON text as a tree that can also hold what no JSON may: names twice, leaves of any letters.</summary>
internal sealed class JsonPart
{
    /// <summary>What is written; null: it is a container.</summary>
    public string? Raw { get; set; }

    /// <summary>Of an object: names as they are written, quotes included. Null: it is none.</summary>
    public List<(string Name, JsonPart Value)>? Fields { get; set; }

    /// <summary>Of an array. Null: it is none.</summary>
    public List<JsonPart>? Items { get; set; }

    /// <summary>Parts right below.</summary>
    public int Count => Fields?.Count ?? Items?.Count ?? 0;

    /// <summary>A leaf.</summary>
    public static JsonPart Leaf(string raw) => new() { Raw = raw };

    /// <summary>The tree of a good text.</summary>
    public static JsonPart Parse(byte[] utf8)
    {
        using JsonDocument document = JsonDocument.Parse(utf8);
        return Of(document.RootElement);
    }

    /// <summary>A part right below.</summary>
    public JsonPart this[int place]
    {
        get => Fields is null ? Items![place] : Fields[place].Value;
        set
        {
            if (Fields is null)
                Items![place] = value;
            else
                Fields[place] = (Fields[place].Name, value);
        }
    }

    /// <summary>Becomes another part.</summary>
    public void Become(JsonPart other) => (Raw, Fields, Items) = (other.Raw, other.Fields, other.Items);

    /// <summary>A copy that shares nothing.</summary>
    public JsonPart Copy() => new()
    {
        Raw = Raw,
        Fields = Fields?.ConvertAll(field => (field.Name, field.Value.Copy())),
        Items = Items?.ConvertAll(item => item.Copy()),
    };

    /// <summary>The text, UTF-8.</summary>
    public byte[] ToUtf8()
    {
        StringBuilder text = new();
        Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static JsonPart Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new() { Fields = [.. element.EnumerateObject().Select(field => ($"\"{Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(field))}\"", Of(field.Value)))] },
        JsonValueKind.Array => new() { Items = [.. element.EnumerateArray().Select(Of)] },
        _ => Leaf(element.GetRawText()),
    };

    private void Write(StringBuilder text)
    {
        text.Append(Raw ?? (Fields is null ? "[" : "{"));
        for (int i = 0; i < Count; i++)
        {
            text.Append(i > 0 ? "," : "");
            if (Fields is not null)
                text.Append(Fields[i].Name).Append(':');
            this[i].Write(text);
        }

        if (Raw is null)
            text.Append(Fields is null ? ']' : '}');
    }
}
