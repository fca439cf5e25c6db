namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Which two neighbouring symbols become one, and how urgently. Ids of symbols are those of tokens. Thread-safe once filled.</summary>
internal sealed class PairMerges(int capacity = 0)
{
    private readonly Dictionary<ulong, (int Rank, int Id)> _merges = new(capacity, new KeyComparer());

    /// <summary>Pairs known.</summary>
    public int Count => _merges.Count;

    /// <summary>Pairs of tokens, best first, as merges.txt and tokenizer.json list them.</summary>
    /// <exception cref="FormatException">A merge or its result is not in the vocabulary.</exception>
    public static PairMerges Of(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        PairMerges pairs = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            pairs.Add(IdOf(left), IdOf(right), rank, IdOf(left + right));
        }

        return pairs;

        int IdOf(string token) => vocabulary.TryGetValue(token, out int id) ? id : throw new FormatException($"a merge needs the token '{token}', which is not in the vocabulary");
    }

    /// <summary>Adds a pair; of one given twice the later rank counts, as in the reference.</summary>
    /// <param name="left">First symbol.</param>
    /// <param name="right">Second symbol.</param>
    /// <param name="rank">Lower goes first; of equal ranks the leftmost pair.</param>
    /// <param name="id">What they become.</param>
    public void Add(int left, int right, int rank, int id) => _merges[Key(left, right)] = (rank, id);

    /// <summary>What two neighbours become.</summary>
    public bool TryGet(int left, int right, out (int Rank, int Id) merge) => _merges.TryGetValue(Key(left, right), out merge);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    // .NET's own hash of such a number is left ^ right, which is 0 for all pairs of equals.
    private sealed class KeyComparer : IEqualityComparer<ulong>
    {
        private const ulong GoldenRatio = 0x9E3779B97F4A7C15;

        public bool Equals(ulong x, ulong y) => x == y;

        public int GetHashCode(ulong key) => (int)((key * GoldenRatio) >> 32);
    }
}
