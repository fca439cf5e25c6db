using System.Runtime.InteropServices;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>SentencePiece's merges: of all neighbours that form a piece those with the best score first, over a whole text at once. Thread-safe.</summary>
/// <remarks>
/// Where no piece has a space mark behind another character, no merge crosses the place before a space mark; there the text is cut first,
/// which changes no result and keeps the merges small.
/// </remarks>
internal sealed class SentencePieceBpe : ITokenModel
{
    private const int Nothing = -1;

    private readonly PieceVocabulary _vocabulary;
    private readonly PairMerges _merges = new();

    // Characters that occur inside of pieces only: symbols from Pieces.Count on, which merges may take up.
    private readonly Dictionary<int, int> _innerCharacters = [];
    private readonly bool _cutsAtSpaces, _hasUnused;

    /// <param name="vocabulary">The pieces.</param>
    public SentencePieceBpe(PieceVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        IEnumerable<float> scores = vocabulary.Texts.Values.Select(id => vocabulary.Pieces[id].Score).Distinct().OrderDescending();
        Dictionary<float, int> ranks = scores.Index().ToDictionary(score => score.Item, score => score.Index);
        foreach ((string text, int id) in vocabulary.Texts)
            AddMerges(text, id, ranks[vocabulary.Pieces[id].Score]);
        _hasUnused = vocabulary.Pieces.Any(piece => piece.Type == PieceType.Unused);
        _cutsAtSpaces = !_hasUnused && !vocabulary.Texts.Keys.Any(text => text.AsSpan().TrimStart(SentencePieceNormalizer.SpaceMark).Contains(SentencePieceNormalizer.SpaceMark));
    }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        PieceWriter output = new(_vocabulary, ids);
        List<Rune> characters = [];
        ReadOnlySpan<byte> utf8 = Encoding.UTF8.GetBytes(piece.ToString());
        while (!utf8.IsEmpty)
        {
            if (_vocabulary.UserDefined.Longest(utf8, out int userDefined) is > 0 and var length)
            {
                Merge(characters, ref output);
                output.Add(userDefined);
            }
            else
            {
                Rune.DecodeFromUtf8(utf8, out Rune rune, out length);
                if (_cutsAtSpaces && rune.Value == SentencePieceNormalizer.SpaceMark && characters is [.., var last] && last.Value != SentencePieceNormalizer.SpaceMark)
                    Merge(characters, ref output);
                characters.Add(rune);
            }

            utf8 = utf8[length..];
        }

        Merge(characters, ref output);
    }

    private void Merge(List<Rune> characters, ref PieceWriter output)
    {
        List<int> symbols = [.. characters.Select(SymbolOf)], merged = [];
        Dictionary<int, (int Left, int Right)> parts = [];
        PairMerger.Merge(_merges, CollectionsMarshal.AsSpan(symbols), merged, _hasUnused ? (left, right, id) => parts[id] = (left, right) : null);
        int at = 0;
        foreach (int symbol in merged)
            Write(symbol, parts, characters, ref at, ref output);
        characters.Clear();
    }

    // An unused piece goes back to what it was merged from.
    private void Write(int symbol, Dictionary<int, (int Left, int Right)> parts, List<Rune> characters, ref int at, ref PieceWriter output)
    {
        bool isPiece = symbol >= 0 && symbol < _vocabulary.Pieces.Count;
        if (isPiece && _vocabulary.Pieces[symbol].Type == PieceType.Unused && parts.TryGetValue(symbol, out (int Left, int Right) pair))
        {
            Write(pair.Left, parts, characters, ref at, ref output);
            Write(pair.Right, parts, characters, ref at, ref output);
            return;
        }

        if (isPiece)
            output.Add(symbol);
        else
            output.AddUnknown(characters[at]);
        at += isPiece ? _vocabulary.Lengths[symbol] : 1;
    }

    private int SymbolOf(Rune rune) =>
        _vocabulary.Characters.TryGetValue(rune.Value, out int id) || _innerCharacters.TryGetValue(rune.Value, out id) ? id : Nothing;

    private void AddMerges(string text, int id, int rank)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!_vocabulary.Characters.ContainsKey(rune.Value))
                _innerCharacters.TryAdd(rune.Value, _vocabulary.Pieces.Count + _innerCharacters.Count);
        }

        for (int at = 1; at < text.Length; at++)
        {
            if (!char.IsLowSurrogate(text[at]) && SymbolOf(text[..at]) is not Nothing and var left && SymbolOf(text[at..]) is not Nothing and var right)
                _merges.Add(left, right, rank, id);
        }
    }

    private int SymbolOf(string text) =>
        _vocabulary.Texts.TryGetValue(text, out int id) ? id
        : Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length ? SymbolOf(rune)
        : Nothing;
}
