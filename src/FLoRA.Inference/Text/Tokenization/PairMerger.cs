namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Byte-pair merges (Sennrich et al. 2016) of one piece: the pair of the best rank first, of equal ranks the leftmost, until none is left.
/// A short piece is searched anew for each merge; a long one keeps its candidates in a heap, O(n log n).
/// </summary>
internal static class PairMerger
{
    private const int ShortSymbols = 48;

    /// <summary>Appends what is left of <paramref name="symbols"/>, which it overwrites.</summary>
    /// <param name="merges">The pairs.</param>
    /// <param name="symbols">The piece.</param>
    /// <param name="ids">Gets the result.</param>
    /// <param name="proposed">Told each candidate (left, right, result) when it is found; null: nobody asks.</param>
    public static void Merge(PairMerges merges, Span<int> symbols, List<int> ids, Action<int, int, int>? proposed = null)
    {
        if (symbols.Length <= ShortSymbols && proposed is null)
            MergeShort(merges, symbols, ids);
        else
            MergeLong(merges, symbols, ids, proposed);
    }

    private static void MergeShort(PairMerges merges, Span<int> symbols, List<int> ids)
    {
        const int None = int.MaxValue;
        int count = symbols.Length;
        // [i]: the merge of symbols i and i + 1.
        Span<(int Rank, int Id)> pairs = stackalloc (int, int)[ShortSymbols];
        for (int i = 0; i + 1 < count; i++)
            pairs[i] = Pair(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
            {
                if (pairs[i].Rank < pairs[best].Rank)
                    best = i;
            }

            if (pairs[best].Rank == None)
                break;
            symbols[best] = pairs[best].Id;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            pairs[(best + 1)..(count - 1)].CopyTo(pairs[best..]);
            count--;
            if (best > 0)
                pairs[best - 1] = Pair(symbols[best - 1], symbols[best]);
            if (best + 1 < count)
                pairs[best] = Pair(symbols[best], symbols[best + 1]);
        }

        ids.AddRange(symbols[..count]);

        (int Rank, int Id) Pair(int left, int right) => merges.TryGet(left, right, out (int Rank, int Id) merge) ? merge : (None, 0);
    }

    private static void MergeLong(PairMerges merges, Span<int> piece, List<int> ids, Action<int, int, int>? proposed)
    {
        // Symbol i begins at place i; next/previous: its neighbours that are left, n and -1 at the ends; dead: merged away.
        const int Dead = -1;
        int n = piece.Length;
        int[] symbols = piece.ToArray(), next = new int[n], previous = new int[n];
        PriorityQueue<(int At, int Left, int Right), ulong> candidates = new();
        for (int i = 0; i < n; i++)
            (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i < n; i++)
            Propose(i);
        while (candidates.TryDequeue(out (int At, int Left, int Right) pair, out _))
        {
            int at = pair.At, right = next[at];
            if (symbols[at] != pair.Left || right == n || symbols[right] != pair.Right || !merges.TryGet(pair.Left, pair.Right, out (int Rank, int Id) merge))
                continue;
            symbols[at] = merge.Id;
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
            if (next[at] == n || !merges.TryGet(symbols[at], symbols[next[at]], out (int Rank, int Id) merge))
                return;
            candidates.Enqueue((at, symbols[at], symbols[next[at]]), ((ulong)(uint)merge.Rank << 32) | (uint)at);
            proposed?.Invoke(symbols[at], symbols[next[at]], merge.Id);
        }
    }
}
