using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>
/// The most likely cut of a text into pieces whose scores are log-probabilities (Kudo 2018, Viterbi from left to right). Thread-safe.
/// A sum is compared in float64 and kept in float32, as the reference does: that decides between ways that are equally likely.
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    // How much worse than the worst piece a character without one is.
    private const float UnknownPenalty = 10;

    private readonly PieceVocabulary _vocabulary;
    private readonly PieceTrie _trie;
    private readonly float _unknownScore, _bestScore;

    /// <param name="vocabulary">The pieces.</param>
    public UnigramModel(PieceVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _trie = new PieceTrie(vocabulary.Texts.Select(piece => (piece.Key, piece.Value)).Where(piece => vocabulary.Pieces[piece.Value].Type != PieceType.Unused));
        float[] scores = [.. vocabulary.Pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Score)];
        // The reference starts its search for the highest one at the smallest positive number; trained scores are negative.
        const float SmallestPositive = 1.17549435e-38f;
        _bestScore = scores.Append(SmallestPositive).Max();
        _unknownScore = (scores.Length > 0 ? scores.Min() : float.MaxValue) - UnknownPenalty;
    }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(piece.ToString());
        // [end]: the best way to there: its score, the last piece, where that begins.
        (float Score, int Id, int Start)[] best = new (float, int, int)[utf8.Length + 1];
        Array.Fill(best, (0, 0, -1));
        for (int start = 0; start < utf8.Length;)
        {
            Rune.DecodeFromUtf8(utf8.AsSpan(start), out _, out int characterBytes);
            bool covered = false;
            int node = PieceTrie.Root;
            for (int end = start; end < utf8.Length && (node = _trie.Next(node, utf8[end])) >= 0;)
            {
                end++;
                if (!_trie.EndsPiece(node, out int id))
                    continue;
                Improve(best, start, end, id, best[start].Score + ScoreOf(id, end - start));
                covered |= end - start == characterBytes;
            }

            if (!covered)
                Improve(best, start, start + characterBytes, _vocabulary.Unknown, best[start].Score + _unknownScore);
            start += characterBytes;
        }

        Write(best, utf8, ids);
    }

    private static void Improve((float Score, int Id, int Start)[] best, int start, int end, int id, double total)
    {
        if (best[end].Start < 0 || total > best[end].Score)
            best[end] = ((float)total, id, start);
    }

    // What the user defined always wins.
    private double ScoreOf(int id, int bytes) => _vocabulary.Pieces[id] is { Type: PieceType.UserDefined } ? (bytes * _bestScore) - 0.1 : _vocabulary.Pieces[id].Score;

    private void Write((float Score, int Id, int Start)[] best, byte[] utf8, List<int> ids)
    {
        Stack<int> ends = new();
        for (int end = utf8.Length; end > 0; end = best[end].Start)
            ends.Push(end);
        PieceWriter output = new(_vocabulary, ids);
        foreach (int end in ends)
        {
            if (best[end].Id != _vocabulary.Unknown)
                output.Add(best[end].Id);
            else if (Rune.DecodeFromUtf8(utf8.AsSpan(best[end].Start), out Rune character, out _) == System.Buffers.OperationStatus.Done)
                output.AddUnknown(character);
        }
    }
}
