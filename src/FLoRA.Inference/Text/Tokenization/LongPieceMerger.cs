namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Byte-pair merges (Sennrich et al. 2016) of one long piece in O(n log n): a queue of candidate pairs over a linked list of
/// symbols. The best rank goes first, of equal ranks the leftmost. Thread-safe.
/// </summary>
internal sealed class LongPieceMerger
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _vocabulary;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];

    /// <param name="vocabulary">Has every token that the merges name.</param>
    /// <param name="merges">Best first.</param>
    public LongPieceMerger(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        _vocabulary = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            _merges[(vocabulary[left], vocabulary[right])] = (rank, vocabulary[left + right]);
        }
    }

    /// <summary>Appends the ids of a piece, whose every character is a token.</summary>
    public void Merge(ReadOnlySpan<char> names, List<int> ids)
    {
        // Symbol i begins at character i; next/previous: its neighbours that are left, n and -1 at the ends; dead: merged away.
        const int Dead = -1;
        int n = names.Length;
        int[] symbols = new int[n], next = new int[n], previous = new int[n];
        PriorityQueue<(int At, int Left, int Right), (int Rank, int At)> candidates = new();
        for (int i = 0; i < n; i++)
            (symbols[i], next[i], previous[i]) = (_vocabulary[names.Slice(i, 1)], i + 1, i - 1);
        for (int i = 0; i < n; i++)
            Propose(i);
        while (candidates.TryDequeue(out (int At, int Left, int Right) pair, out _))
        {
            int at = pair.At, right = next[at];
            if (symbols[at] != pair.Left || right == n || symbols[right] != pair.Right)
                continue;
            symbols[at] = _merges[(pair.Left, pair.Right)].Id;
            symbols[right] = Dead;
            next[at] = next[right];
            if (next[at] < n)
                previous[next[at]] = at;
            if (previous[at] >= 0)
                Propose(previous[at]);
            Propose(at);
        }
        for (int i = 0; i < n; i = next[i])
            ids.Add(symbols[i]);

        void Propose(int at)
        {
            if (next[at] < n && _merges.TryGetValue((symbols[at], symbols[next[at]]), out (int Rank, int Id) merge))
                candidates.Enqueue((at, symbols[at], symbols[next[at]]), (merge.Rank, at));
        }
    }
}
