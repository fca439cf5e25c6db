using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>Pieces by their UTF-8, to be walked a byte at a time. Thread-safe.</summary>
internal sealed class PieceTrie
{
    /// <summary>Where every walk begins.</summary>
    public const int Root = 0;

    private const int None = -1;

    // [node]: first node below it, next one beside it (none: 0, which is the root's), byte that leads to it, id of the piece that ends at it.
    private readonly List<int> _below = [0], _beside = [0], _ids = [None];
    private readonly List<byte> _labels = [0];

    /// <param name="pieces">Texts, none twice, with ids.</param>
    public PieceTrie(IEnumerable<(string Text, int Id)> pieces)
    {
        foreach ((string text, int id) in pieces)
        {
            int node = Root;
            foreach (byte label in Encoding.UTF8.GetBytes(text))
                node = Next(node, label) is not None and var known ? known : AddBelow(node, label);
            _ids[node] = id;
        }
    }

    /// <summary>Whether there is no piece at all.</summary>
    public bool IsEmpty => _ids.Count == 1;

    /// <summary>The node that a byte leads to; -1: none.</summary>
    public int Next(int node, byte label)
    {
        for (int child = _below[node]; child != Root; child = _beside[child])
        {
            if (_labels[child] == label)
                return child;
        }

        return None;
    }

    /// <summary>The piece that ends at a node.</summary>
    public bool EndsPiece(int node, out int id) => (id = _ids[node]) != None;

    /// <summary>The longest piece that a text begins with.</summary>
    /// <param name="utf8">The text from here on.</param>
    /// <param name="id">The piece.</param>
    /// <returns>Its bytes; 0: there is none.</returns>
    public int Longest(ReadOnlySpan<byte> utf8, out int id)
    {
        int node = Root, length = 0;
        id = None;
        for (int i = 0; i < utf8.Length && (node = Next(node, utf8[i])) != None; i++)
        {
            if (EndsPiece(node, out int found))
                (length, id) = (i + 1, found);
        }

        return length;
    }

    private int AddBelow(int node, byte label)
    {
        int added = _ids.Count;
        _ids.Add(None);
        _labels.Add(label);
        _below.Add(Root);
        _beside.Add(_below[node]);
        return _below[node] = added;
    }
}
