using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>The most likely cut of a text into pieces whose scores are log-probabilities (Kudo 2018, Viterbi from left to right). Thread-safe.</summary>
/// <param name="trie">The pieces.</param>
/// <param name="scoreOf">Score of a piece (id, bytes).</param>
/// <param name="unknownScore">Score of a character without a piece.</param>
internal sealed class UnigramPath(PieceTrie trie, Func<int, int, double> scoreOf, double unknownScore)
{
    /// <summary>Id of a character without a piece.</summary>
    public const int Unknown = -1;

    /// <summary>How much worse than the worst piece such a character is.</summary>
    public const float UnknownPenalty = 10;

    /// <summary>A sum is compared in float64 and kept in float32, as SentencePiece does: that decides between ways that are equally likely.</summary>
    public bool KeepsSingles { get; init; }

    /// <summary>The pieces of a text from left to right: byte where each begins and ends, and its id.</summary>
    public Stack<(int Start, int End, int Id)> Find(byte[] utf8)
    {
        // [end]: the best way to there: its score, the last piece, where that begins.
        (double Score, int Id, int Start)[] best = new (double, int, int)[utf8.Length + 1];
        Array.Fill(best, (0, 0, -1));
        for (int start = 0; start < utf8.Length;)
        {
            Rune.DecodeFromUtf8(utf8.AsSpan(start), out _, out int characterBytes);
            bool covered = false;
            int node = PieceTrie.Root;
            for (int end = start; end < utf8.Length && (node = trie.Next(node, utf8[end])) >= 0;)
            {
                end++;
                if (!trie.EndsPiece(node, out int id))
                    continue;
                Improve(best, start, end, id, scoreOf(id, end - start));
                covered |= end - start == characterBytes;
            }

            if (!covered)
                Improve(best, start, start + characterBytes, Unknown, unknownScore);
            start += characterBytes;
        }

        Stack<(int, int, int)> pieces = new();
        for (int end = utf8.Length; end > 0; end = best[end].Start)
            pieces.Push((best[end].Start, end, best[end].Id));
        return pieces;
    }

    private void Improve((double Score, int Id, int Start)[] best, int start, int end, int id, double score)
    {
        double total = best[start].Score + score;
        if (best[end].Start < 0 || total > best[end].Score)
            best[end] = (KeepsSingles ? (float)total : total, id, start);
    }
}
