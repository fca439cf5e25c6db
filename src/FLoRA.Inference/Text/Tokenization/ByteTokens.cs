using System.Globalization;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Tokens that stand for one byte, <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>: what a vocabulary of characters falls back to.</summary>
internal static class ByteTokens
{
    /// <summary>Name of a byte's token.</summary>
    public static string NameOf(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <summary>The byte that a token stands for, if it is one of them.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>[256] ids of all of them; null: one is missing, so there is no way back to bytes.</summary>
    public static int[]? IdsIn(IReadOnlyDictionary<string, int> vocabulary)
    {
        int[] ids = new int[256];
        for (int value = 0; value < ids.Length; value++)
        {
            if (!vocabulary.TryGetValue(NameOf((byte)value), out ids[value]))
                return null;
        }

        return ids;
    }
}
