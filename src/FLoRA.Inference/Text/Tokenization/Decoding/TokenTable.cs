using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>From ids to bytes of text. Thread-safe.</summary>
internal sealed class TokenTable
{
    // Gaps beyond the tokens that there are: more is no vocabulary but an attempt at our memory.
    private const int MostGaps = 1 << 16;

    // [id]; null: no such token.
    private readonly byte[]?[] _bytes;

    /// <param name="tokens">Ids with what they stand for; of an id given twice the last counts.</param>
    /// <exception cref="FormatException">The ids have large gaps.</exception>
    public TokenTable(IReadOnlyCollection<(int Id, byte[] Bytes)> tokens)
    {
        int count = 1 + tokens.Max(token => token.Id);
        if (count > (2L * tokens.Count) + MostGaps)
            throw new FormatException($"the highest id is {count - 1}, and there are only {tokens.Count} tokens");
        _bytes = new byte[]?[count];
        foreach ((int id, byte[] bytes) in tokens)
            _bytes[id] = bytes;
    }

    /// <summary>One more than the highest id.</summary>
    public int Count => _bytes.Length;

    /// <summary>How bytes become text.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>What becomes of the first space.</summary>
    public LeadingSpace LeadingSpace { get; init; }

    /// <summary>Ids whose space the tokenizer did not put there.</summary>
    public IReadOnlyList<int> NotPieces { get; init; } = [];

    /// <summary>Bytes of an id; null: there is no such token.</summary>
    public byte[]? BytesOf(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : null;

    /// <summary>For the tokens of one text that begins with the first of them.</summary>
    public LeadingSpaceTrimmer StartText() => new(LeadingSpace, id => !NotPieces.Contains(id));
}
