using System.Buffers.Binary;
using System.Text;

namespace FLoRA.Inference.Tests.Models.Safetensors;

/// <summary>Writes safetensors bytes from a header that a test dictates, right or wrong.</summary>
internal static class RawSafetensors
{
    public static byte[] Bytes(string header, int dataBytes) => Bytes(Encoding.UTF8.GetBytes(header), new byte[dataBytes]);

    public static byte[] Bytes(byte[] header, byte[] data)
    {
        var file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file, 8 + header.Length);
        return file;
    }

    public static string Tensor(string name, string dtype, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}";

    public static string Header(params string[] tensors) => "{" + string.Join(",", tensors) + "}";
}
