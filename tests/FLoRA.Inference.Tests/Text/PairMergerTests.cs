using FLoRA.Inference.Text.Tokenization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Text;

public sealed class PairMergerTests
{
    private const int Letters = 3;

    // Symbols a b c are 0 1 2; what the merges make follows in their order.
    private static readonly (int Left, int Right)[] Pairs = [(0, 0), (1, 0), (3, 3), (0, 1), (6, 6), (2, 4), (3, 1), (5, 0), (8, 8), (1, 1), (7, 2)];

    /// <summary>Short pieces and long ones take different ways.</summary>
    [Property(MaxTest = 1000, Replay = "11,13")]
    public Property Merges_as_the_naive_search_does() => Prop.ForAll(Arb.From(Pieces()), piece =>
    {
        List<int> merged = [];
        PairMerger.Merge(Merges(), [.. piece], merged);
        Assert.Equal(Naive(piece), merged);
    });

    [Property(MaxTest = 300, Replay = "11,13")]
    public Property Every_candidate_is_told() => Prop.ForAll(Arb.From(Pieces()), piece =>
    {
        List<int> merged = [], same = [];
        HashSet<int> told = [];
        PairMerger.Merge(Merges(), [.. piece], merged, (left, right, id) =>
        {
            Assert.Equal(Pairs[id - Letters], (left, right));
            told.Add(id);
        });
        PairMerger.Merge(Merges(), [.. piece], same);
        Assert.Equal(same, merged);
        Assert.All(merged.Where(id => id >= Letters), id => Assert.Contains(id, told));
    });

    private static PairMerges Merges()
    {
        PairMerges merges = new();
        foreach ((int rank, (int left, int right)) in Pairs.Index())
            merges.Add(left, right, rank, rank + Letters);
        return merges;
    }

    private static List<int> Naive(IEnumerable<int> piece)
    {
        List<int> symbols = [.. piece];
        foreach (int _ in Enumerable.Range(0, symbols.Count))
        {
            (int rank, int at) = Enumerable.Range(0, Math.Max(0, symbols.Count - 1))
                .Select(i => (Rank: Array.IndexOf(Pairs, (symbols[i], symbols[i + 1])), At: i)).Where(pair => pair.Rank >= 0).DefaultIfEmpty((-1, 0)).Min();
            if (rank < 0)
                break;
            symbols[at] = rank + Letters;
            symbols.RemoveAt(at + 1);
        }

        return symbols;
    }

    private static Gen<int[]> Pieces() => Gen.Choose(0, 120).SelectMany(length => Gen.Elements(0, 1, 2).ArrayOf(length));
}
