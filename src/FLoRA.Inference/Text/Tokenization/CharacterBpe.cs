using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Merges over characters, as tokenizer.json describes them for vocabularies that came from SentencePiece: a character without a token
/// becomes its bytes (<c>byte_fallback</c>), else the unknown token. Thread-safe.
/// </summary>
internal sealed class CharacterBpe : ITokenModel
{
    private const int ShortSymbols = 512;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly PairMerges _merges;
    private readonly int[]? _byteIds;

    /// <param name="vocabulary">Tokens.</param>
    /// <param name="merges">Pairs of tokens, best first.</param>
    /// <exception cref="FormatException">A merge or its result is not in the vocabulary.</exception>
    public CharacterBpe(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = PairMerges.Of(vocabulary, merges);
        _byteIds = ByteTokens.IdsIn(vocabulary);
    }

    /// <summary>A piece that is a token as a whole is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>A character without a token becomes the tokens of its bytes, where the vocabulary has them.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Id for a character that nothing else expresses; null: such text is refused.</summary>
    public int? Unknown { get; init; }

    /// <summary>Unknown characters in a row are one token.</summary>
    public bool FuseUnknown { get; init; }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (IgnoreMerges && _lookup.TryGetValue(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }

        // A character has at most 3 bytes for each of its UTF-16 units.
        Span<int> symbols = piece.Length * 3 <= ShortSymbols ? stackalloc int[ShortSymbols] : new int[piece.Length * 3];
        PairMerger.Merge(_merges, symbols[..Split(piece, symbols)], ids);
    }

    private int Split(ReadOnlySpan<char> piece, Span<int> symbols)
    {
        int count = 0;
        bool unknown = false;
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece[at..], out Rune rune, out int length);
            ReadOnlySpan<char> character = piece.Slice(at, length);
            at += length;
            bool previous = unknown;
            unknown = false;
            if (_lookup.TryGetValue(character, out int id))
            {
                symbols[count++] = id;
            }
            else if (ByteFallback && _byteIds is not null)
            {
                foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
                    symbols[count++] = _byteIds[value];
            }
            else
            {
                unknown = true;
                int token = Unknown ?? throw new InvalidRequestException($"The tokenizer has no token for '{rune}' (U+{rune.Value:X4}), and none for what is unknown.");
                if (!previous || !FuseUnknown)
                    symbols[count++] = token;
            }
        }

        return count;
    }
}
