using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Merges over bytes (GPT-2). Thread-safe.</summary>
internal sealed class ByteLevelBpe : ITokenModel
{
    private const int ShortBytes = 512;
    private const int Missing = -1;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly PairMerges _merges;
    private readonly bool _ignoreMerges;

    // [256]: id of a byte's own token.
    private readonly int[] _byteIds;

    /// <param name="vocabulary">Tokens in the byte alphabet, each with its own id.</param>
    /// <param name="merges">Pairs of tokens, best first.</param>
    /// <param name="ignoreMerges">True: a piece that is a token as a whole is that token, whatever the merges say.</param>
    /// <exception cref="FormatException">A merge or its result is not in the vocabulary.</exception>
    public ByteLevelBpe(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, bool ignoreMerges)
    {
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = PairMerges.Of(vocabulary, merges);
        _ignoreMerges = ignoreMerges;
        _byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.TryGetValue(ByteAlphabet.NameOf((byte)value).ToString(), out int id) ? id : Missing)];
    }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        Span<byte> buffer = stackalloc byte[ShortBytes];
        ReadOnlySpan<byte> bytes = Encoding.UTF8.TryGetBytes(piece, buffer, out int length) ? buffer[..length] : Encoding.UTF8.GetBytes(piece.ToString());
        if (_ignoreMerges && TryWhole(bytes, out int whole))
        {
            ids.Add(whole);
            return;
        }

        Span<int> symbols = bytes.Length <= ShortBytes ? stackalloc int[bytes.Length] : new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            symbols[i] = IdOf(bytes, i);
        PairMerger.Merge(_merges, symbols, ids);
    }

    private bool TryWhole(ReadOnlySpan<byte> bytes, out int id)
    {
        Span<char> names = bytes.Length <= ShortBytes ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            names[i] = ByteAlphabet.NameOf(bytes[i]);
        return _lookup.TryGetValue(names, out id);
    }

    private int IdOf(ReadOnlySpan<byte> bytes, int at) => _byteIds[bytes[at]] is not Missing and var id
        ? id
        : throw new InvalidRequestException($"The tokenizer has no token for byte 0x{bytes[at]:X2} (of '{Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, ShortBytes)])}').");
}
