using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>The pieces of a model, by what they are for. Thread-safe.</summary>
internal sealed class PieceVocabulary
{
    // A merge looks at every way to cut a piece in two; trained ones have 16 characters at most.
    private const int LongestCharacters = 512;

    /// <exception cref="FormatException">The pieces contradict one another; says which.</exception>
    public PieceVocabulary(SentencePieceFile file)
    {
        Pieces = file.Pieces;
        Lengths = new int[Pieces.Count];
        int? unknown = null;
        HashSet<string> reserved = new(StringComparer.Ordinal);
        foreach ((int id, Piece piece) in Pieces.Index())
        {
            bool isText = piece.Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused;
            if (isText ? !Texts.TryAdd(piece.Text, id) : !reserved.Add(piece.Text))
                throw new FormatException($"the piece '{piece.Text}' is there twice, the second time with id {id}");
            Lengths[id] = piece.Text.EnumerateRunes().Count();
            if (isText && Lengths[id] > LongestCharacters)
                throw new FormatException($"piece {id} has {Lengths[id]} characters, at most {LongestCharacters} are supported");
            if (isText && Lengths[id] == 1)
                Characters[Rune.GetRuneAt(piece.Text, 0).Value] = id;
            if (piece.Type == PieceType.Unknown && unknown is { } first)
                throw new FormatException($"pieces {first} and {id} both stand for what is unknown");
            if (piece.Type == PieceType.Unknown)
                unknown = id;
            if (piece.Type == PieceType.Byte && !ByteTokens.TryParse(piece.Text, out _))
                throw new FormatException($"piece {id} is a byte and has the name '{piece.Text}'");
        }

        Unknown = unknown ?? throw new FormatException("no piece stands for what is unknown");
        UserDefined = new PieceTrie(Pieces.Index().Where(piece => piece.Item.Type == PieceType.UserDefined).Select(piece => (piece.Item.Text, piece.Index)));
        if (file.ByteFallback)
        {
            ByteIds = ByteTokens.IdsIn(Pieces.Index().Where(piece => piece.Item.Type == PieceType.Byte).ToDictionary(piece => piece.Item.Text, piece => piece.Index, StringComparer.Ordinal))
                ?? throw new FormatException("it falls back to bytes and does not have a piece for each of the 256");
        }
    }

    /// <summary>[id].</summary>
    public IReadOnlyList<Piece> Pieces { get; }

    /// <summary>[id]: characters (code points) of a piece.</summary>
    public int[] Lengths { get; }

    /// <summary>Pieces that stand for text.</summary>
    public Dictionary<string, int> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of one character, by code point.</summary>
    public Dictionary<int, int> Characters { get; } = [];

    /// <summary>Pieces that are found before all else.</summary>
    public PieceTrie UserDefined { get; }

    /// <summary>The piece for what no other expresses.</summary>
    public int Unknown { get; }

    /// <summary>[256]; null: what is unknown stays so.</summary>
    public int[]? ByteIds { get; }
}
