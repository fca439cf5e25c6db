using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>
/// The most likely pieces (<see cref="UnigramPath"/>) as SentencePiece has it. Thread-safe.
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    private readonly PieceVocabulary _vocabulary;
    private readonly UnigramPath _path;
    private readonly float _bestScore;

    /// <param name="vocabulary">The pieces.</param>
    public UnigramModel(PieceVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        PieceTrie trie = new(vocabulary.Texts.Select(piece => (piece.Key, piece.Value)).Where(piece => vocabulary.Pieces[piece.Value].Type != PieceType.Unused));
        float[] scores = [.. vocabulary.Pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Score)];
        // The reference starts its search for the highest one at the smallest positive number; trained scores are negative.
        const float SmallestPositive = 1.17549435e-38f;
        _bestScore = scores.Append(SmallestPositive).Max();
        float unknownScore = (scores.Length > 0 ? scores.Min() : float.MaxValue) - UnigramPath.UnknownPenalty;
        _path = new UnigramPath(trie, ScoreOf, unknownScore) { KeepsSingles = true };
    }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(piece.ToString());
        PieceWriter output = new(_vocabulary, ids);
        foreach ((int start, _, int id) in _path.Find(utf8))
        {
            if (id != UnigramPath.Unknown && id != _vocabulary.Unknown)
                output.Add(id);
            else if (Rune.DecodeFromUtf8(utf8.AsSpan(start), out Rune character, out _) == System.Buffers.OperationStatus.Done)
                output.AddUnknown(character);
        }
    }

    // What the user defined always wins.
    private double ScoreOf(int id, int bytes) => _vocabulary.Pieces[id] is { Type: PieceType.UserDefined } ? (bytes * _bestScore) - 0.1 : _vocabulary.Pieces[id].Score;
}
