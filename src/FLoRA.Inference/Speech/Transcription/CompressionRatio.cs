using System.IO.Compression;
using System.Text;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>How well a text compresses; one that repeats itself does so well.</summary>
internal static class CompressionRatio
{
    /// <summary>UTF-8 bytes / bytes of the same in zlib's format; 0 for no text.</summary>
    public static double Of(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        return bytes.Length == 0 ? 0 : bytes.Length / (double)compressed.Length;
    }
}
