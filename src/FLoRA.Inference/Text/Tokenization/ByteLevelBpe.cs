using System.Text;
using Microsoft.ML.Tokenizers;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// The merges of a byte-level vocabulary, on one piece of text at a time. Thread-safe. Long pieces go to
/// <see cref="LongPieceMerger"/>: BpeTokenizer's time grows with the square of a piece (it moves all later symbols for each
/// one that was merged away).
/// </summary>
internal sealed class ByteLevelBpe
{
    private const int LongPieceBytes = 512;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly bool _ignoreMerges;
    private readonly BpeTokenizer _bpe;
    private readonly Lazy<LongPieceMerger> _long;

    /// <param name="vocabulary">Tokens in the byte alphabet, each with its own id.</param>
    /// <param name="merges">Pairs of tokens, best first.</param>
    /// <param name="ignoreMerges">True: a piece that is a token as a whole is that token, whatever the merges say.</param>
    /// <exception cref="InvalidOperationException">A merge or its result is not in the vocabulary.</exception>
    public ByteLevelBpe(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, bool ignoreMerges)
    {
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _ignoreMerges = ignoreMerges;
        _long = new Lazy<LongPieceMerger>(() => new LongPieceMerger(vocabulary, merges));
        _bpe = BpeTokenizer.Create(new BpeOptions(vocabulary) { Merges = merges.Select(merge => $"{merge.Left} {merge.Right}") });
    }

    /// <summary>Appends the ids of a piece.</summary>
    /// <exception cref="InvalidRequestException">The vocabulary has no token for one of its bytes.</exception>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        Span<byte> buffer = stackalloc byte[LongPieceBytes];
        ReadOnlySpan<byte> bytes = Encoding.UTF8.TryGetBytes(piece, buffer, out int length) ? buffer[..length] : Encoding.UTF8.GetBytes(piece.ToString());
        Span<char> names = bytes.Length <= LongPieceBytes ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            names[i] = ByteAlphabet.NameOf(bytes[i]);
        if (_ignoreMerges && _lookup.TryGetValue(names, out int whole))
        {
            ids.Add(whole);
            return;
        }
        CheckBytes(names, bytes);
        if (names.Length <= LongPieceBytes)
            ids.AddRange(_bpe.EncodeToIds(names, considerPreTokenization: false, considerNormalization: false));
        else
            _long.Value.Merge(names, ids);
    }

    // BpeTokenizer would drop the byte and say nothing.
    private void CheckBytes(ReadOnlySpan<char> names, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (!_lookup.ContainsKey(names.Slice(i, 1)))
                throw new InvalidRequestException($"The tokenizer has no token for byte 0x{bytes[i]:X2} (of '{Encoding.UTF8.GetString(bytes)}').");
        }
    }
}
