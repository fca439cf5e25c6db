using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// GPT-2's names for the 256 bytes, one visible character each, in which byte-level vocabularies are written: printable
/// Latin-1 stands for itself, the 68 others follow from U+0100 in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Names = CreateNames();
    private static readonly Dictionary<char, byte> Bytes = Names.Index().ToDictionary(pair => pair.Item, pair => (byte)pair.Index);

    /// <summary>Name of a byte.</summary>
    public static char NameOf(byte value) => Names[value];

    /// <summary>Bytes that a token stands for; its own UTF-8 if it is not written in the alphabet.</summary>
    public static byte[] BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!Bytes.TryGetValue(token[i], out bytes[i]))
                return Encoding.UTF8.GetBytes(token);
        }
        return bytes;
    }

    private static char[] CreateNames()
    {
        char[] names = new char[256];
        char next = '\u0100';
        for (int value = 0; value < names.Length; value++)
            names[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : next++;
        return names;
    }
}
