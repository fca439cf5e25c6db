using System.Buffers.Binary;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>
/// Compiled rules of replacement (nmt_nfkc and the like): a double-array trie over UTF-8 (Aoe 1989, in the layout of darts-clone) whose
/// values are places in a block of texts that end with a zero. Hostile input: every place is checked when it is used. Thread-safe.
/// </summary>
internal sealed class CharacterMap
{
    // Each unit, 32 bits: has a leaf below; its label; the distance to its children. A leaf: its value.
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharacterMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <param name="blob">Length of the trie in bytes, trie, texts; empty: no rules.</param>
    /// <exception cref="FormatException">It is cut off.</exception>
    public static CharacterMap? Parse(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty)
            return null;
        uint trieBytes = blob.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(blob) : uint.MaxValue;
        if (trieBytes > (uint)(blob.Length - 4) || trieBytes % 4 != 0 || trieBytes == 0)
            throw new FormatException($"precompiled_charsmap has {blob.Length} bytes and a trie of {trieBytes}");
        uint[] units = new uint[trieBytes / 4];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (i * 4))..]);
        return new CharacterMap(units, blob[(4 + (int)trieBytes)..].ToArray());
    }

    /// <summary>The longest beginning of a text that a rule replaces.</summary>
    /// <param name="utf8">The text from here on, not empty.</param>
    /// <param name="length">Its bytes; 0: no rule fits.</param>
    /// <returns>What stands in its place.</returns>
    public string Replace(ReadOnlySpan<byte> utf8, out int length)
    {
        (length, uint value) = Find(utf8, shortest: false);
        return length == 0 ? "" : Text(value);
    }

    /// <summary>What the rule for the shortest beginning of a text writes; null: no rule fits.</summary>
    public string? ReplaceShortest(ReadOnlySpan<byte> utf8)
    {
        (int length, uint value) = Find(utf8, shortest: true);
        return length == 0 ? null : Text(value);
    }

    private (int Length, uint Value) Find(ReadOnlySpan<byte> utf8, bool shortest)
    {
        (int Length, uint Value) found = (0, 0);
        uint unit = _units[0];
        uint node = Offset(unit);
        for (int i = 0; i < utf8.Length && !(shortest && found.Length > 0); i++)
        {
            node ^= utf8[i];
            if (node >= _units.Length || Label(unit = _units[node]) != utf8[i])
                break;
            node ^= Offset(unit);
            if (HasLeaf(unit) && node < _units.Length)
                found = (i + 1, _units[node] & int.MaxValue);
        }

        return found;
    }

    private string Text(uint at)
    {
        if (at >= _texts.Length)
            throw new InvalidRequestException($"The tokenizer's precompiled_charsmap points to byte {at} of {_texts.Length}.");
        ReadOnlySpan<byte> text = _texts.AsSpan((int)at);
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private static bool HasLeaf(uint unit) => (unit >> 8 & 1) == 1;

    // A leaf has the highest bit set and so equals no byte.
    private static uint Label(uint unit) => unit & ((1u << 31) | 0xFF);

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & (1u << 9)) >> 6);
}
